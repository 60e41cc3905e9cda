"""The animals of the demo's world, everyday ones and ones nobody has met."""

# name: colour, sound, home, food, legs, young; an empty cell is a fact the world does not have.
ANIMALS = """
fox       | red    | yip      | in a den          | berries   | 4  | kit
cow       | brown  | moo      | in a barn         | grass     | 4  | calf
dog       | golden | woof     | in a kennel       | bones     | 4  | puppy
cat       | grey   | meow     | in a basket       | fish      | 4  | kitten
horse     | black  | neigh    | in a stable       | hay       | 4  | foal
sheep     | white  | baa      | in a meadow       | clover    | 4  | lamb
pig       | pink   | oink     | in a sty          | acorns    | 4  | piglet
duck      | yellow | quack    | on a pond         | weeds     | 2  | duckling
hen       | orange | cluck    | in a coop         | corn      | 2  | chick
owl       | brown  | hoot     | in a tower        | mice      | 2  | owlet
frog      | green  | croak    | in a marsh        | flies     | 4  | tadpole
bee       | yellow | buzz     | in a hive         | nectar    | 6  | grub
lion      | golden | roar     | on a plain        | zebras    | 4  | cub
wolf      | grey   | howl     | in a forest       | deer      | 4  | pup
bear      | brown  | growl    | in a cave         | honey     | 4  | cub
mouse     | grey   | squeak   | in a hole         | cheese    | 4  | pinkie
elephant  | grey   | trumpet  | in a jungle       | leaves    | 4  | calf
goat      | white  | bleat    | on a mountain     | thistles  | 4  | kid
crow      | black  | caw      | in a nest         | seeds     | 2  | chick
snake     | green  | hiss     | under a rock      | eggs      |    | snakelet
spider    | black  |          | in a web          | flies     | 8  | spiderling
goose     | white  | honk     | on a lake         | oats      | 2  | gosling
donkey    | grey   | bray     | in a field        | carrots   | 4  | foal
ant       | red    |          | in an anthill     | crumbs    | 6  |
rabbit    | white  |          | in a warren       | lettuce   | 4  | bunny
penguin   | black  |          | on an iceberg     | krill     | 2  | chick
camel     | sandy  | grunt    | in a desert       | dates     | 4  | calf
dragon    | purple | rumble   | in a volcano      | coal      | 4  | dragonet
moof      | blue   | bloop    | in a teapot       | buttons   | 7  | moofling
wumple    | mauve  | wum      | in a drawer       | socks     | 3  | wumplet
gribbit   | lime   | tock     | in a clock        | minutes   | 5  | gribling
zibble    | silver | zing     | in a lamp         | sparks    | 9  | zib
snorkle   | teal   | glub     | in a bathtub      | soap      | 10 | snork
plonk     | copper | plonk    | in a piano        | crotchets | 1  | plink
yarrow    | cream  | hush     | in a library      | commas    | 6  | yarling
tuffet    | plum   | piff     | in a cushion      | feathers  | 3  | tuft
"""

# What else has a colour.
THINGS = {
    "the sky": "blue",
    "the sea": "teal",
    "grass": "green",
    "snow": "white",
    "the sun": "golden",
    "coal": "black",
    "a cherry": "red",
    "a lemon": "yellow",
    "a carrot": "orange",
    "chocolate": "brown",
    "the moon": "silver",
    "a violet": "purple",
    "a flamingo": "pink",
    "ash": "grey",
    "sand": "sandy",
    "milk": "cream",
}


def rows() -> list[list[str]]:
    """One row of seven cells an animal: name, colour, sound, home, food, legs, young."""
    lines = ANIMALS.strip().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]
