"""The words of the demo's world: opposites, rhymes, odd plurals, trades, and things to name."""

OPPOSITES = """
hot cold, big small, tall short, fast slow, up down, left right, day night, open closed, full empty,
wet dry, hard soft, loud quiet, rich poor, old young, happy sad, light dark, near far, high low,
strong weak, thick thin, early late, clean dirty, sweet sour, brave shy, push pull, win lose,
love hate, give take, first last, north south, always never, clever silly
"""

RHYMES = """
cat hat bat mat
moon spoon tune balloon
house mouse blouse louse
tree bee knee key
star car jar guitar
cake lake snake rake
ring king wing swing
boat goat coat note
light kite night bite
bear chair pear hair
rain train plane crane
dog frog log fog
bell shell well smell
"""

PLURALS = {
    "mouse": "mice",
    "goose": "geese",
    "foot": "feet",
    "tooth": "teeth",
    "child": "children",
    "man": "men",
    "woman": "women",
    "ox": "oxen",
    "leaf": "leaves",
    "wolf": "wolves",
    "knife": "knives",
    "shelf": "shelves",
    "berry": "berries",
    "fly": "flies",
    "box": "boxes",
    "moof": "mooves",
}

TRADES = {
    "bakes bread": "baker",
    "mends shoes": "cobbler",
    "flies planes": "pilot",
    "grows wheat": "farmer",
    "cuts hair": "barber",
    "puts out fires": "firefighter",
    "pulls teeth": "dentist",
    "paints pictures": "painter",
    "writes poems": "poet",
    "sews clothes": "tailor",
    "catches fish": "fisher",
    "builds houses": "builder",
    "keeps bees": "beekeeper",
    "heals animals": "vet",
    "makes clocks": "clockmaker",
    "lights lanterns": "lamplighter",
    "counts clouds": "cloudkeeper",
    "tames dragons": "wyrmherd",
}

CATEGORIES = {
    "fruits": "apple pear plum cherry grape peach lemon mango",
    "vegetables": "carrot onion potato leek turnip cabbage bean",
    "colours": "red blue green yellow orange pink brown black",
    "tools": "hammer saw spade rake drill wrench axe",
    "instruments": "flute drum harp violin piano trumpet guitar",
    "planets": "Mercury Venus Mars Jupiter Saturn Uranus Neptune",
    "trees": "oak pine birch willow maple elm ash",
    "clothes": "hat coat scarf sock glove shirt boot",
    "shapes": "circle square triangle oval star cube cone",
    "vehicles": "bus train boat bicycle tram truck sledge",
    "isles": "Moonmarsh Thistledown Gullreach Emberholt Quillmere Frostnook Tocktown",
    "strange beasts": "moof wumple gribbit zibble snorkle plonk yarrow tuffet",
}

NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
