"""How one declines in seventeen languages beside English: tables of patterns for `harness.text.declining`."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["ABROAD", "Language"]


class Language(NamedTuple):
    """One of `words`, or one of `parts`, stands in whatever declines; it is looked for first, because that is quick.

    `patterns` match at the edge of a word (where the script has such edges), `starts` at the start of a clause.
    """

    patterns: tuple[str, ...]
    starts: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    edge: str = r"\b"


_GERMAN_SOURCE = r"(?:text\w*|abschnitt\w*|passagen?|dokument\w*|kontext\w*|quellen?|unterlagen|auszüg\w*|handbuch\w*|material\w*|artikel\w*)"
_FRENCH_SOURCE = r"(?:textes?|passages?|documents?|contexte|extraits?|sources?|articles?|manuel|paragraphes?)"
_SPANISH_SOURCE = (
    r"(?:textos?|pasajes?|documentos?|contexto|fragmentos?|fuentes?|artículos?|manual|extractos?|párrafos?)"
)
_PORTUGUESE_SOURCE = (
    r"(?:textos?|trechos?|documentos?|contexto|passagens?|fontes?|artigos?|manual|excertos?|parágrafos?)"
)
_ITALIAN_SOURCE = (
    r"(?:test[oi]|bran[oi]|document[oi]|contesto|passagg[io]+|font[ei]|articol[oi]|manuale|estratt[oi]|paragraf[oi])"
)
_DUTCH_SOURCE = r"(?:tekst\w*|passages?|documenten?|context|bron(?:nen)?|fragmenten?|handleiding|artikel\w*)"
_POLISH_SOURCE = r"(?:tekś?c?\w*|fragment\w*|dokument\w*|kontek\w*|źród\w+|akapit\w*|artyku\w+)"
_RUSSIAN_SOURCE = (
    r"(?:текст\w*|отрывк\w*|документ\w*|контекст\w*|источник\w*|фрагмент\w*|стать\w+|материал\w*|пассаж\w*)"
)
_CHINESE_SOURCE = r"(?:文[中章本档件]|段落|上下文|资料|材料|原文|内容|信息|片段|来源|手册)"
_ARABIC_SOURCE = r"(?:النص|النصوص|المقاطع|المقطع|الوثائق|الوثيقة|السياق|المستند|المستندات|الفقرات|الفقرة|المصادر)"

_LATIN: Final = (
    Language(  # German
        words=frozenset("nicht nichts kein keine keinen keiner keinerlei unklar unmöglich".split()),
        patterns=(
            r"\b(?:weiß|weiss|wissen) (?:es |das |die antwort |leider |ich |wir |darüber )*nicht\b|\bbin mir nicht sicher\b",
            r"\b(?:kann|können|konnte|könnte|lässt|lassen)\b.{0,90}\bnicht (?:\w+ )?(?:beantwort\w+|sagen|finden|beurteilen|bestimmen|entnehmen|ermitteln|feststellen|ableiten)\b",
            r"\bnicht (?:\w+ )?(?:hervor|beantwortet werden|zu entnehmen|ersichtlich|entnehmen|beantwortbar)\b",
            r"\bnicht (?:\w+ )?(?:genannt|erwähnt|angegeben|erläutert|thematisiert|gesagt|spezifiziert)\b",
            r"\bkeine (?:\w+ )?(?:angaben?|informationen?|auskunft|antwort|hinweise?|aussage)\b|\bunklar, (?:wer|wie|ob|wann|warum|was|wo)\b|\bunmöglich zu (?:sagen|beantworten)\b",
        ),
        starts=(
            rf"(?=.*\b{_GERMAN_SOURCE})(?=.*\b(?:nenn\w*|erwähn\w*|enthält|enthalten|sag\w*|gib\w*|geb\w*|mach\w*|steh\w*|beantwort\w*|beschreib\w*|find\w*|liefer\w*|biete\w*|geh\w*|angegeben|bekannt|aufgeführt|genannt)\b).*\b(?:nicht|nichts|keine\w*)\b",
        ),
    ),
    Language(  # French
        words=frozenset("ne n aucun aucune impossible pas".split()),
        patterns=(
            r"\bje (?:ne |n'en )(?:sais|connais|dispose|suis|ai)\b(?: \w+){0,3}? (?:pas|aucune?|rien)\b(?! besoin)",
            r"\bje ne (?:peux|puis|pourrais|parviens|trouve|vois)(?: \w+){0,2}? (?:pas|aucune?|rien)(?: à)?(?:(?: vous| y)? (?:répondre|dire|déterminer|donner|fournir|trouver|préciser|confirmer|d'informations?|(?:information|mention|réponse))| dans)?\b(?! (?:recommander|conseiller|accepter|venir))",
            rf"\b{_FRENCH_SOURCE}\b(?: \w+){{0,3}} (?:ne |n')(?:(?:le|la|les|l'|en|y|nous|se) ?)?(?:mentionn|précis|dis|dit|contien|donn|fourni|indiqu|parl|évoqu|spécifi|nomm|répond|permet|abord|expliqu|trait|cit|compren|comport|offr)\w*",
            r"\bn'(?:est|a|ont|sont|était|ait|apparaît|figure)\b(?: \w+)? (?:pas|jamais|nulle part)(?: (?:été|explicitement|clairement))? ?(?:mentionn|précis|indiqu|spécifi|nomm|connu|cité|expliqu)\w*",
            rf"\bn'(?:est|sont|apparaît|figure)\b(?: \w+)? (?:pas|nulle part) (?:\w+ )?(?:donn|fourni|disponible|présent|inclus|dans)\w*.{{0,30}}{_FRENCH_SOURCE}",
            r"\b(?:aucune?|pas (?:assez |suffisamment )?(?:d'|de )) ?(?:\w+ )?(?:informations?|mention|indications?|données|précisions?|réponse|détails?)\b|\b(?:impossible|pas possible) (?:de |d')(?:\w+ )?(?:déterminer|répondre|savoir|dire|établir)\b",
        ),
    ),
    Language(  # Spanish
        words=frozenset("no ninguno ninguna ningún imposible".split()),
        patterns=(
            r"\bno (?:lo |la )?(?:sé|sabemos|conozco la respuesta)\b|\bno estoy segur[oa]\b",
            r"\bno (?:puedo|podemos|es posible|se puede|pude|logro|soy capaz de)(?: \w+){0,2}? (?:responder|contestar|decir|determinar|saber|encontrar|dar|proporcionar|confirmar|ofrecer)\w*\b|\bimposible (?:determinar|saber|responder|decir)\w*",
            r"\bno (?:hay|tengo|existe|encuentro|dispongo de|encontré|se encuentra|se ofrece|se proporciona|contienen?|proporcionan?|ofrecen?)n? (?:\w+ ){0,3}?(?:información|datos|detalles|mención|respuesta|informaciones)\b",
            rf"\b{_SPANISH_SOURCE}\b(?: \w+){{0,3}}? no (?:(?:lo|la|se|los|las|me|nos) )?(?:menciona|indica|dice|especifica|contiene|proporciona|ofrece|precisa|nombra|explica|da|incluye|aclara|señala|habla|responde|aborda|detalla|revela|permite|trata)n?\b|\bno (?:lo |la )?(?:dicen|dice|especifica)n?\W*\Z",
            rf"\bno (?:se )?(?:menciona|indica|dice|especifica|precisa|explica|nombra|aclara|detalla|informa)n?\b|\bno (?:está|están|es|son|aparecen?|constan?|figuran?|viene)\b(?: \w+)?(?: (?:mencionad|indicad|especificad|disponible|conocid|dicho)\w*| en (?:el|los|la|las) {_SPANISH_SOURCE})",
            rf"\bningun[oa] de l[oa]s {_SPANISH_SOURCE}\b",
        ),
    ),
    Language(  # Portuguese
        words=frozenset("não nenhum nenhuma impossível".split()),
        patterns=(
            r"\bnão (?:o |a )?(?:sei|sabemos|tenho certeza)\b",
            r"\bnão (?:consigo|posso|é possível|pude|podemos|se pode|sou capaz de)(?: \w+){0,2}? (?:responder|dizer|determinar|encontrar|saber|fornecer|informar|confirmar|afirmar|dar)\b|\bimpossível (?:determinar|saber|responder|dizer)",
            r"\bnão (?:há|tenho|existe|existem|encontrei|disponho de|foram encontradas|contêm|contém|fornecem?)\b (?:\w+ ){0,3}?(?:informaç\w+|dados|detalhes|menção|resposta)\b|\bnenhuma (?:informação|menção)\b",
            rf"\b{_PORTUGUESE_SOURCE}\b(?: \w+){{0,3}}? não (?:(?:o|a|se|os|as|nos) )?(?:menciona|indica|diz|dizem|especifica|contém|contêm|informa|fornece|explica|cita|nomeia|traz|dá|dão|inclu[ie]|esclarece|revela|aborda|fala|responde|permite|trata)m?\b",
            rf"\bnão (?:é|são|foi|foram|está|estão|aparecem?|constam?)\b(?: \w+)?(?: (?:mencionad|informad|indicad|especificad|citad|explicad|conhecid|dit[oa])\w*| (?:\w+ )?n[oa]s? {_PORTUGUESE_SOURCE})|\bnão se (?:menciona|informa|diz|especifica|explica)\b",
        ),
    ),
    Language(  # Italian
        words=frozenset("non nessuna nessun impossibile".split()),
        patterns=(
            r"\bnon (?:lo |ne )?so\b|\bnon (?:sono|ne sono) sicur[oa]\b",
            r"\bnon (?:posso|riesco a|è possibile|sono in grado di|si può|possiamo)(?: \w+){0,2}? ?(?:rispondere|dire|dirlo|determinar|stabilir|trovar|saper|fornire|dedurr|ricavar)\w*\b|\bimpossibile (?:determinar|dire|saper|risponder)\w*",
            r"\bnon (?:ci sono|c'è|ho|trovo|contengono|contiene|forniscono|fornisce|dispongo di|vi sono|viene fornita|offrono|offre)\b (?:\w+ ){0,3}?(?:informazion\w+|dettagli|menzione|risposta|dati|indicazion\w+)\b|\bnessuna (?:informazione|menzione)\b",
            rf"\b{_ITALIAN_SOURCE}\b(?: \w+){{0,3}}? non (?:(?:lo|la|ne|li|le|si|ci) )?(?:menziona|indica|dice|dicono|specifica|contien|contengon|riporta|forni|spiega|parla|nomina|cita|chiari|precisa|offr|danno|dà|rispond|tratta|permett)\w*",
            rf"\bnon (?:è|viene|vengono|sono|risulta|compare)\b(?: \w+)?(?: (?:menzionat|indicat|specificat|riportat|nominat|spiegat|citat|dett[oa])\w*| (?:\w+ )?(?:nel|nei|nelle|dal|dai) {_ITALIAN_SOURCE})",
        ),
    ),
    Language(  # Dutch
        words=frozenset("niet niets geen".split()),
        patterns=(
            r"\b(?:ik|wij|we) (?:weet|weten) (?:het |dat |dit )?(?:\w+ )?niet\b|\bdat weet ik (?:\w+ )?niet\b|\bniet zeker\b(?=\W*\Z|,)",
            r"\b(?:kan|kunnen|kon)\b.{0,60}\bniet (?:\w+ )?(?:beantwoord\w*|zeggen|vinden|bepalen|geven|worden beantwoord|afleiden)\b",
            r"\bgeen (?:\w+ )?(?:informatie|gegevens|antwoord|details|vermelding)\b|\bniet (?:\w+ )?(?:genoemd|vermeld|aangegeven|te bepalen|af te leiden)\b",
        ),
        starts=(
            rf"(?=.*\b{_DUTCH_SOURCE}\b)(?=.*\b(?:vermeld\w*|noem\w*|zeg\w*|staa\w*|bevat\w*|geef\w*|geven|beschrijf\w*|beschrijven|beantwoord\w*)\b).*\b(?:niet|niets|geen)\b",
        ),
    ),
    Language(  # Polish
        words=frozenset("nie brak".split()),
        patterns=(
            r"\bnie (?:wiem|wiemy|jestem pew\w+)\b|\bnie (?:mogę|możemy|można|jestem w stanie|da się|potrafię|udało się)\b.{0,30}?\b(?:odpowiedzieć|stwierdzić|określić|ustalić|powiedzieć|znaleźć|podać)\b",
            r"\bnie (?:ma|znalazłem|znalazłam|zawiera\w*) (?:\w+ ){0,2}(?:informacji|danych|wzmianki|odpowiedzi)\b|\bbrak (?:\w+ )?(?:informacji|danych|wzmianki)\b",
            rf"\b{_POLISH_SOURCE}\b(?: \w+){{0,3}}? nie (?:\w+ )?(?:podaj|wspomina|mówi|zawiera|określa|wymienia|wskazuj|wyjaśnia|odpowiada|precyzuj)\w*|\bnie (?:podano|wspomniano|określono|wymieniono|wskazano|wyjaśniono|powiedziano|jest podan\w+|został[ao]? (?:podan|wymienion|wspomnian)\w+)\b",
        ),
    ),
    Language(  # Indonesian
        words=frozenset("tidak".split()),
        patterns=(
            r"\btidak (?:tahu|yakin|diketahui)\b|\btidak (?:dapat|bisa|mampu) (?:\w+ )?(?:menjawab|menemukan|menentukan|memberikan|dijawab|ditentukan)\b",
            r"\btidak (?:disebutkan|dijelaskan|dicantumkan|dinyatakan)\b|\btidak ada (?:\w+ )?(?:informasi|penjelasan|data|keterangan|jawaban)\b",
            r"\b(?:teks|bagian|dokumen|konteks|sumber|kutipan|paragraf|informasi)\b(?: \w+){0,3}? tidak (?:\w+ )?(?:menyebut|menjelas|memuat|memberi|mengandung|menyatakan|mencantum|membahas|berisi|menyedia)\w*",
        ),
    ),
    Language(  # Turkish
        words=frozenset("bilmiyorum bilmiyoruz yok bilgi".split()),
        parts=("miyor", "mıyor", "muyor", "müyor", "memiş", "mamış", "değil", "mekte", "bilgi", "mez"),
        patterns=(
            r"\bbilm(?:iyorum|iyoruz|em)\b|\bemin değilim\b|\b(?:belirtilm|bahsedilm|açıklanm|anlatılm|değinilm)\w+|\b(?:yanıtlayam|cevaplayam|cevap verem|yanıt verem|söyleyem)\w+",
            r"\bbilgi (?:yok|bulunm|verilm|içerm|mevcut değil)\w*|\b(?:metin|belge|bağlam|pasaj|kaynak)\w*\b.{0,40}\b(?:yer almıyor|geçmiyor|bahsetm\w+|içerm\w+|yok)\b|\b(?:belirlemek|söylemek|cevaplamak|yanıtlamak) mümkün değil",
        ),
    ),
)

_OTHER: Final = (
    Language(  # Russian
        parts=("не ", "нет", "невозможно", "нельзя"),
        patterns=(
            r"\bне (?:знаю|знаем|уверен\w*|могу сказать)\b|\bне (?:могу|можем|удаётся|удается|удалось|представляется возможным|получится)\b.{0,40}?(?:ответить|сказать|определить|найти|установить|предоставить|дать)",
            r"\b(?:невозможно|нельзя)\b.{0,20}?(?:определить|ответить|сказать|установить|понять)|\b(?:определить|ответить|сказать|установить|понять)\b.{0,60}\b(?:невозможно|нельзя)\b",
            rf"\bнет (?:\w+ )?(?:информации|данных|сведений|ответа|упоминани\w+)|\b{_RUSSIAN_SOURCE}\b.{{0,30}}\bнет\b",
            rf"\bне (?:был[аоиы]? )?(?:указ(?:ан|ыва)\w*|упом(?:ина|яну)\w*|сказано|говорится|сообща\w+|уточня\w+|раскры\w+|объясня\w+)|\b{_RUSSIAN_SOURCE}\b.{{0,30}}\bне (?:содерж|назыв|описыв|привод|да[её]т|назван|отвеча)\w*",
        ),
    ),
    Language(  # Chinese
        parts=("不", "无", "無", "没", "沒", "未"),
        patterns=(
            r"不(?:太|是很|大)?(?:知道|清楚|确定|確定|了解)(?!的)|(?:无法|無法|不能)(?:回答|确定|確定|得知|判断|提供|找到|从|根据|作答|给出|获知|推断|知道|得出)|无从得知",
            r"(?:没有?|沒有?|并?未)(?:明确|具体|直接|有)?(?:提到|提及|说明|給出|给出|提供(?:相关|任何|有关|关于|信息)|相关|关于|涉及|指出|指明|交代|列出|找到|信息|足够|任何(?:信息|关于|内容)|注明|提|說明|讲到)",
            rf"{_CHINESE_SOURCE}.{{0,12}}(?:不包含|不包括|没有包含|未包含|没有这|没有那|没说|没写|不足)|信息不足|不足以(?:回答|确定)",
        ),
        edge="",
    ),
    Language(  # Japanese
        parts=("ません", "ない", "不明", "できず"),
        patterns=(
            r"(?:分|わ)か(?:りません|らない)|不明(?:です|。|\Z)|(?:判断|特定|回答|お答え|確認|断定)(?:は|が)?(?:でき(?:ません|ない))|答えられ(?:ません|ない)|読み取れ(?:ません|ない)|見つかりません",
            r"(?:記載|言及|記述|説明|情報|明記)(?:が|は|も)?(?:ありません|ない|されていません|されていない|見当たりません|含まれていません|不足)|(?:書か|触れら|示さ|述べら|載せら)れてい(?:ません|ない)|触れていません|載っていません",
            r"(?:本文|文書|文章|文脈|情報|資料|内容).{0,20}含まれて(?:いません|いない)",
        ),
        edge="",
    ),
    Language(  # Korean
        parts=("않", "없", "모르", "모릅"),
        patterns=(
            r"모르겠|모릅니다|알 수 없|(?:답변?|대답|확인|판단|찾|알려)(?:해|하|할|을|ㄹ|드릴|해 ?드릴)? ?수 ?(?:가 )?없",
            r"(?:언급|명시|기재|설명|제시|포함|서술)(?:되어|돼|하고|하지|되지|이|도|은)? ?(?:있지 않|없|않)|나와 ?있지 않|나오지 않|(?:정보|내용|언급|단서)(?:가|는|이|도|를)? ?(?:없|부족|담겨 있지)",
        ),
        edge="",
    ),
    Language(  # Hindi
        parts=("नहीं",),
        patterns=(
            r"(?:मुझे|हमें)\s(?:\S+\s){0,3}?(?:नहीं पता|पता नहीं|मालूम नहीं|नहीं मालूम)|\A\W*(?:पता|मालूम) नहीं",
            r"(?:उल्लेख|जानकारी|ज़िक्र|सूचना|विवरण|उत्तर|जवाब)[^।]{0,30}नहीं|नहीं (?:बताया|बताई|कहा|दिया|लिखा|दी|दर्शाया)|(?:बताया|कहा) नहीं",
        ),
        edge="",
    ),
    Language(  # Bengali
        parts=("না", "নেই", "নি"),
        patterns=(
            r"জানি না|জানা নেই|উল্লেখ (?:নেই|করা হয়নি|করে না|করেনি|হয়নি)|(?:তথ্য|উত্তর|জবাব|বিবরণ)[^।]{0,30}(?:নেই|পারছি না|পারি না|পারব না|যায়নি|যায় না|যাচ্ছে না)|বলা (?:নেই|হয়নি)|(?:দেওয়া|লেখা) (?:নেই|হয়নি)",
        ),
        edge="",
    ),
    Language(  # Arabic
        parts=("لا ", "لم ", "ليس", "غير"),
        patterns=(
            r"لا (?:أعرف|أعلم|أدري|أملك)|لا (?:أستطيع|يمكنني|يمكن|نستطيع) (?:الإجابة|تحديد|معرفة|أن أجيب|تقديم|القول|الجزم)|لا (?:توجد|يوجد|تتوفر|تتوافر) (?:\S+ )?(?:معلومات|إجابة|ذكر|بيانات|تفاصيل)",
            rf"لا (?:تذكر|يذكر|تحدد|يحدد|توضح|يوضح|تشير|يشير|تجيب|يجيب)|لم (?:يُ?ذكر|تُ?ذكر|يرد|ترد|يتم ذكر|أجد|أتمكن|يحدد|تحدد|توضح|يوضح)|(?:{_ARABIC_SOURCE}.{{0,30}})?لا (?:تحتوي|يحتوي|تتضمن|يتضمن|تقدم|يقدم|تتناول|يتناول)(?<=\S) (?:{_ARABIC_SOURCE}|\S+ (?:معلومات|إجابة|ذكر|إجابات)|معلومات|إجابة)",
            rf"{_ARABIC_SOURCE}.{{0,30}}لا (?:تحتوي|يحتوي|تتضمن|يتضمن|تقدم|يقدم|تتناول|يتناول)|غير (?:مذكور|محدد|معروف|موضح)\S*",
        ),
        edge="",
    ),
    Language(  # Urdu
        parts=("نہیں",),
        patterns=(
            r"(?:مجھے|ہمیں)\s(?:\S+\s){0,3}?(?:معلوم نہیں|نہیں معلوم|پتہ نہیں|نہیں پتہ|پتا نہیں|علم نہیں)",
            r"(?:ذکر|معلومات|جواب|تفصیل)[^۔]{0,30}نہیں|نہیں (?:بتایا|بتائی|کہا|دیا|لکھا)|(?:بتایا|کہا) نہیں",
        ),
        edge="",
    ),
)

ABROAD: Final[tuple[Language, ...]] = (*_LATIN, *_OTHER)
"""German, French, Spanish, Portuguese, Italian, Dutch, Polish, Indonesian, Turkish, Russian, Chinese, Japanese, Korean,
Hindi, Bengali, Arabic and Urdu."""
