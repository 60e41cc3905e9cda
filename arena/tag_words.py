"""The words that category rules look for, language by language; `*` at the end stands for any rest.

Tables, not rules: arena/tag_rules.py says what a find means. Words are in lower case. A line may
mix languages; what holds a space is found as those words in that order, what is written without
spaces between words (Chinese, Japanese, Korean, Arabic) is found anywhere.
"""

from typing import Final

# Names and words that hardly mean anything but programming.
CODE_SURE: Final = """
    javascript typescript kotlin golang php sql mysql postgres* sqlite mongodb html css scss bash
    powershell kubernetes kubectl docker dockerfile github gitlab numpy pandas django flask pytorch
    tensorflow nodejs npm webpack jquery regex leetcode pygame vscode nginx redis graphql jwt vba
    haskell fortran cobol matlab verilog vhdl opengl cuda arduino latex localhost stdin stdout
    middleware frontend backend async mutex refactor* debug* compil* kompilier* programmier*
    traceback stacktrace coredump coreutils hashmap boolean struct enum malloc
    in python|en python|using python|with python|python script|using java|using rust
    node js|segmentation fault|stack trace|unit test|unit tests|null pointer
    programming language|source code|pull request|git commit|git rebase|git merge|react component
    lock free|binary search|linked list|merge sort|rest api|api rest|for loop|loop for|while loop
    langage de programmation|lenguaje de programación|pruebas unitarias|tests unitaires
    programmiersprache юнит*
    代码|编程|函数库|单元测试|编译|数据库查询|并发|线程|プログラミング|プログラム|関数|ソースコード
    コンパイル|파이썬|코드|자바스크립트|بايثون|برمجة|كود
"""
# Words of programming that mean other things too: two of them, or one with a name below.
CODE_MAYBE: Final = """
    code codes coding function functions script scripts bug bugs array arrays string strings loop
    loops class classes variable variables algorithm algorithms database server servers api apis
    query queries json yaml xml csv pointer thread threads decorator lambda list lists dict
    dictionary
    object objects module import install file files folder ubuntu linux program app apps website
    page
    button cache buffer commit library iterate sort snippet syntax exception
    parse parser runtime compile error errors config deploy html5 const var div complexity
    implement* component* heap stack
    funktion funktionen klasse skript programm schleife variable datenbank fehlermeldung datei
    liste
    sortier* zeilenweise
    fonction fonctions boucle requête requêtes dictionnaire tableau chaîne fichier trier programme
    función funciones código bucle arreglo cadena archivo ordenar lista diccionario programa
    função laço percorre objeto código lista ordina funzione
    код кода функци* цикл* массив* список списк* словар* ошибк* сервис* программ* отсортировать
    listę lista tablic* dizi
    函数|报错|程序|算法|数据库|缓存|接口|数组|列表|脚本|文件|服务器
    コード|エラー|配列|リスト|データベース|리스트|배열|정렬|حلقة
"""
# Languages of programming that are something else as well.
CODE_NAMES: Final = """
    python* java rust go ruby swift scala perl julia dart elixir excel react vue unity bash
"""

MATHS_VERBS: Final = """
    solve calculate compute integrate differentiate simplify factor factorise factorize evaluate
    prove convert expand minimise minimize maximise maximize determine show find
    berechne berechnen löse lösen beweise beweisen vereinfache bestimme wandle integriere
    calcule calculez calculer résous résoudre résolvez démontre démontrer prouve simplifie
    calcula calcular resuelve resolver demuestra simplifica halla determina deriva
    resolva resolver prove calcola risolvi dimostra semplifica
    реши* решить найди* вычисли* докажи* рассчита* упрости*
    are all|find all
    oblicz rozwiąż udowodnij çöz çözün hesapla
    计算|求|解方程|证明|化简|因式分解|求解|解いて|求めて|計算して|証明して|積分して|微分して
    구하|풀어|증명|계산|احسب|حل المعادلة|أثبت
"""
MATHS_WORDS: Final = """
    equation equations derivative derivatives integral integrals probability probabilities
    eigenvalue*
    theorem matrix matrices determinant polynomial* divisible divisor* prime primes irrational
    radius
    diameter circumference area volume triangle rectangle* circle hypotenuse radians logarithm*
    sine
    cosine cos integer integers fraction percent percentage sum remainder factorial binomial
    permutation* combination* median variance zeros degrees average interest velocity odd
    if all|square root|cube root|standard deviation|test statistic|confidence interval|round table
    how many ways|in how many|round table|natural numbers
    gleichung* ableitung integral wahrscheinlichkeit primzahl* wurzel fläche dreieck* kreis*
    volumen
    würfeln summe prozent matrix
    équation* dérivée intégrale probabilité aire triangle cercle racine somme matrice remise nombre
    ecuación ecuaciones derivada integral probabilidad área triángulo círculo raíz suma matriz
    equação derivada área probabilidade equazione derivata integrale probabilità
    уравнени* производн* интеграл* вероятност* площад* треугольник* корен* корн* сумм* скорост*
    równanie równania denklem* pochodn* całk*
    方程|导数|积分|概率|面积|三角形|极值|矩阵|方程式|確率|面積|積分|微分|값|넓이|معادلة|مساحة
"""
# Questions for a quantity: with two numbers or more they make a word problem.
HOW_MANY: Final = """
    how many|how much|how long|how old|how far|how fast|what is the total|how many more
    wie viele|wie viel|wie lange|wie alt|wie weit|wie teuer|wie hoch ist|combien|quel âge
    cuántos|cuántas|cuánto|cuánta|quantos|quantas|quanto fa|quanti|quante|quanto costa
    сколько|с какой скоростью|какова скорость|ile kosztuje|kaç
    多少|几个|几天|等于|何個|何人|いくつ|いくら|何分|몇
"""
WHEN: Final = (
    "when does|when will|when is it|wann kommt|wann ist|à quelle heure|a qué hora|во сколько"
)
NUMBER_WORDS: Final = """
    two three four five six seven eight nine ten twelve twenty hundred thousand half double twice
    triple dozen zwei drei vier fünf sechs sieben acht neun zehn zwölf doppelt halb
    deux trois quatre cinq sept huit neuf dix douze moitié dos tres cuatro cinco seis siete ocho
    nueve diez mitad doble três quatro dez due tre quattro cinque dieci два две три четыре пять
    шесть
    семь восемь девять десять вдвое
"""

MAKING: Final = """
    write compose tell invent create draft make continue give generate imagine describe suggest
    craft pen
    come up|make up
    schreib schreibe schreiben erzähl erzähle erfinde dichte reime verfasse erstelle beschreibe
    écris écrivez rédige raconte racontez invente imagine compose crée décris
    escribe escríbeme inventa cuenta cuéntame crea compón imagina redacta describe
    escreva conte invente crie imagine componha scrivi racconta inventa componi crea immagina
    напиши* придумай* расскажи* сочини* опиши* napisz wymyśl opowiedz ułóż yaz yazar anlat
    写|讲|编一|创作|续写|書いて|詠んで|作って|聞かせて|써|지어|اكتب|احك
"""
GENRES: Final = """
    story stories poem poems haiku haikus song lyrics joke jokes limerick limericks sonnet ballad
    fable riddle rap dialogue screenplay monologue eulogy slogan slogans tagline parody satire
    fanfic fanfiction novel novella scene villain verse verses ode lullaby myth titles
    tale fairytale bedtime rhyme rhymes roleplay character skit sketch
    fairy tale|choose your own|short story|love letter|names for|band name
    gedicht* liebesgedicht geschichte kurzgeschichte gutenachtgeschichte märchen liedtext lied witz
    witze dialog drehbuch reim reime fabel monolog parodie
    poème* poésie histoire conte chanson blague dialogue fable slogan nouvelle parodie
    poema poemas cuento cuentos canción chiste chistes diálogo relato novela fábula historia nana
    conto canção piada história poesia poesie favola fiaba racconto canzone barzelletta storia
    стих стихи стихотворени* сказк* анекдот* песн* рассказ рассказы историю диалог* басн* частушк*
    wiersz* opowiadani* bajk* şiir* hikaye* masal*
    诗|故事|童话|小说|笑话|歌词|剧本|散文|寓言|俳句|短歌|詩|物語|小説|歌詞|童話|ショートショート
    시를|이야기|소설|동화|قصيدة|قصة|نكتة
"""
# Genres that ask for themselves: "haiku about rain" needs no verb.
GENRES_ALONE: Final = """
    haiku limerick fanfic fanfiction parody lullaby ode
    rap battle|dialogue between|poem about
    story about|song about|joke about|sonnet about|horror story|gedicht über|poème sur|poema sobre
"""
PLAYFUL: Final = """
    roleplay sarcastic sarcastically humorous humorously whimsical
    in character|as if it were|as if they were|pretend you|pretend to be|let's pretend|role play
    imagine a world|imagine that|you are a grumpy|meaning of life|purpose of life|motive of life
    life well lived|sinn des lebens|sens de la vie|sentido de la vida|смысл жизни|人生的意义
    人生の意味|stell dir vor|in the style of|im stil von|dans le style de
"""
# What is asked about a text, or made of it, without making one up.
ABOUT_TEXTS: Final = """
    summarise summarize summary analyse analyze explain translate released published wovon traduis
    zusammenfass* fasse übersetze analysiere résume résumé traduce resume traduci riassumi
    переведи*
    rhyme scheme|who wrote|what s|plot of|story behind|what is|who is|how to|how do i|when was
    was ist
    wer hat|qui a|quién escribió|quem escreveu|chi ha|кто написал|kto napisał
    谁写|是谁|讲了什么|讲什么|作者|翻译|总结|翻訳|要約|誰ですか|누가
"""

LIMITS: Final = """
    exactly maximum minimum genau höchstens maximal mindestens exactement exactamente máximo
    exatamente esattamente massimo almeno ровно максимум dokładnie
    at least|at most|no more than|no fewer than|not more than|up to|less than|fewer than|au plus
    au moins|pas plus de|moins de|no más de|como máximo|al menos|no máximo|pelo menos|al massimo
    не более|не менее|не больше|恰好|正好|不超过|最多|至少|以内|ちょうど|以下|정확히
"""
UNITS: Final = """
    word words sentence sentences paragraph paragraphs bullet bullets point points line lines
    row rows
    column columns syllable syllables letter letters character characters item items option options
    step steps scene scenes heading headings test tests adjective adjectives tip tips key keys page
    numbers digits times question questions example examples
    wort wörter worte sätze sätzen satz absätze absätzen zeilen spalten punkte stichpunkte zeichen
    mots phrases phrase paragraphes lignes colonnes points conseils
    palabras frases frase párrafos líneas columnas puntos palavras linhas parágrafos
    parole frasi righe colonne punti vantaggi слов словах предложени* абзац* строк* столбц* пункт*
"""
FORMATS: Final = """
    json csv markdown yaml xml html table tables columns bullet bulleted bullets numbered lowercase
    uppercase capital capitals headings heading alphabetical alphabetically bold italic
    per line|new line|square brackets|separate the|format the|in the format|one line
    capital letters
    tabelle spalten stichpunkte aufzählung nummerierte nummeriert großbuchstaben kleinbuchstaben
    alphabetisch alphabetischer
    tableau colonnes numérotée puces majuscules minuscules alphabétique
    tabla columnas viñetas numerada mayúsculas minúsculas alfabético
    tabela colunas alfabética tabella maiuscolo alfabetico puntato
    par ligne|por línea|por linha|per riga|pro zeile|с новой строки
    таблиц* столбц* алфавитн* прописн* нумерованн*
    表格|每行|按拼音|排序|要点|列表|大写|箇条書き|五十音順|表で|1行に|표로
"""
FORBIDDING: Final = """
    do not use|do not include|do not mention|do not reveal|do not explain|do not repeat
    do not write
    do not start|do not add|don't use|don't include|don't mention|don t use|don t include
    don t mention|don t explain|without using|without the|without commas|without any|must not
    may not|no explanation|not be|no dish|no marketing|no other|nothing else
    verwende kein|nicht verwenden|wort nicht|ohne das wort|ohne die|darf kein|keine erklärung
    keine einheit|nicht vorkommen
    avoid never
    sans utiliser|sans le|n utilise pas|ne pas|sin usar|sin utilizar|no uses|no menciones
    sem usar|não use|senza usare|senza usar|non usare
    не используй|не употребля|без слова|не упомина|bez użycia
    不要|不使用|不得|不能使用|不许|使わない|書かない|除いて|사용하지
"""
BEGIN_END: Final = """
    begin with|begins with|start with|starts with|begin every|start every|end with|ends with
    ending with|ending in|conclude with|finish with|that end|last line|last sentence|first line
    beginnen beginnt endet beende
    commence par|commence chaque|termine par|termine avec|termina con|empieza con|empiece con
    acaba con|termine com|comece com|inizia con
    начни* с|закончи*|заверши*
    结尾|开头|首先|最后以|で終わ|で始め|最後に
"""
ONLY: Final = """
    only output|output only|reply only|answer only|respond only|print only|only valid|only with
    only in|use only|nur mit|nur das|antworte nur|solo con
    uniquement solamente únicamente apenas soltanto только
    只输出|只用|只回答|仅输出|だけ|のみ
"""
OBLIGING: Final = """
    such that|has to|have to
    must each every muss müssen jeder jede jedes doit chaque chacun debe cada deve ciascuno ogni
    должен должна должно каждый каждую каждая
    必须|每个|每行|それぞれ|必ず
"""
SEQUENCE: Final = """
    finally zuerst anschließend danach puis ensuite enfin luego después finalmente poi infine затем
    потом после
    after the table|after that|for each|then on|then write|then give|unter der tabelle
    之后|然后|その後
"""

# What a hard task has people do, and the fields it is set in.
TASKS: Final = """
    design implement analyse analyze compare prove diagnose diagnosing justify explain propose
    evaluate optimise optimize describe recommend determine draft devise resolve discuss monitor
    verify generalise generalize compute simulate plan produce migrate debug refactor test include
    handles size minimise decide assess derive show adjust
    entwirf erstelle analysiere vergleiche begründe erkläre beschreibe schlage beweise
    implementiere
    bewerte plane schreibe
    conçois analyse compare justifie explique propose évalue décris écris implémente protéger
    diseña analiza compara justifica explica propón evalúa implementa incluye
    разработай* проанализируй* сравни* обоснуй* объясни* предложи* рассчитайте учтите добавь
    напиши*
    设计|分析|比较|说明|给出|实现|证明|优化|提出|要求|設計|分析して|比較|説明して|実装|提案
"""
FIELDS: Final = """
    latency throughput consistency replication transaction transactions redundancy concurrency
    complexity production downtime rollback migration architecture architectures scalability index
    indexes bounded memory protocol authentication synchronous audit audits gdpr compliance patient
    clinical dose diagnosis interaction severity voltage batteries charge efficiency margin margins
    safety risk risks cost costs churn runway pricing statistic assumptions confidence theorem
    proof
    continuous constraint constraints optimal dimensions interest humidity hydration temperature
    threadsicher engpass risiken messungen dämmung wandaufbau steigerung puls
    authentification erreurs attaques hypothèses diagnostic coupures réseau mesures
    complejidad inserción riesgos coste caudal presión filtrado pruebas
    гаранти* компромисс* отопления потери стоимости систем* модульные резервный
    瓶颈|并发|一致性|成本|风险|性能|回滚|监控|方案|命中率|锁|延迟
"""
