"""What stands beside a refusal: turns, conditions, guesses, advice, courtesy, and what only explains it.

Patterns for text in lower case with straight apostrophes; `harness.text.refusal` uses them.
"""

from __future__ import annotations

import re
from typing import Final

from harness.text.declining import CONTEXT

__all__ = [
    "AND",
    "CONCESSION",
    "CONDITION",
    "COURTESY",
    "EMPTY",
    "EXPLAINS",
    "GUESS",
    "HOLDS",
    "IF",
    "LEAD",
    "OUTSIDE",
    "SOURCED",
    "TURN",
    "TURN_UNSPACED",
    "VERB",
]

TURN: Final = re.compile(
    r"(?=[\s,;:，；])(?:;(?=\s)|；|\s[–—](?=\s)|:(?=[\s*_])|,\s+(?=[^,;]{0,60}\b(?:jedoch|allerdings)\b)|"
    r"(?<!sorry)(?<!sorry,),?\s+(?=(?:but|although|though|even though|whereas|nevertheless|mais|cependant|toutefois|en revanche|pero|aunque|"
    r"sin embargo|porém|contudo|però|tuttavia|echter|لكن\w*|ولكن\w*|إلا أن|लेकिन|परंतु|किंतु|কিন্তু|তবে|لیکن|مگر|tetapi|namun|tapi|ancak|ama|fakat)(?!\w))|"
    r",?\s+(?=however\b(?!,? (?:is|are|was|were|does|do|did|not|cannot|can|has|have)\b))|"
    r",\s+(?=(?:yet|while|still|aber|doch|obwohl|bien que|mas|embora|ma|anche se|maar|hoewel|ale|jednak|lecz|choć|но|однако|хотя)\b))"
)
TURN_UNSPACED: Final = re.compile(
    r"[,，、]?(?=但是?|不过|不過|然而|しかし|ただし|但し)|(?<=[がど]、)|(?<=지만)(?=[\s,])|(?<=으나)(?=[\s,])"
)
"""Where one clause ends and another begins, which may say the opposite of the first."""
AND: Final = re.compile(r",?\s+and\s+|,\s+")
VERB: Final = re.compile(r"\b(?:is|are|was|were|has|have|had|can|will|may|must|\w{2,}ed|\w{3,}s)\b")
CONCESSION: Final = re.compile(
    r"\W*(?:(?:but|and) )?(?:while|although|though|even (?:though|if)|whereas|since|as|because|obwohl|da|bien que|même si|aunque|"
    r"embora|sebbene|anche se|hoewel|choć|chociaż|хотя|虽然|雖然|尽管)\b",
)
CONDITION: Final = re.compile(
    r"\W*(?:(?:and|or|but|so) )?(?:if|in case|unless|whenever|when (?:you|no|the (?:\w+ )?(?:value|option|context|passages?|documents?))|wenn|falls|"
    r"sofern|si(?! no se)|se (?=\w+ (?:não|non))|cuando no|quando (?:não|non)|als (?=(?:er|je|u|de|het)\b)|jeśli|jeżeli|если|如果|若|もし|만약|"
    r"अगर|यदि|যদি|إذا|اگر|jika|kalau|eğer)\b",
)
IF: Final = re.compile(r"(?<!as )(?<!ask )(?<!know )(?<!say )(?<!determine )\b(?:if|unless|in case)\b")
OUTSIDE: Final = re.compile(
    r"\b(?:generally|typically|usually|in general|commonly|normally|(?:in|for) most|most \w+ (?:charge|require|have|offer|use)|in practice|"
    r"(?:based on|from|outside of|outside) (?:my |them|the (?:passages|context|text)|general|common)\b|my (?:own )?(?:general )?knowledge|"
    r"as far as i (?:know|recall)|to (?:the best of )?my knowledge|i (?:would |can |could |do |'d )?(?:\w+ )?(?:guess|assume|believe|think|suspect|suppose|imagine)|"
    r"my (?:best )?guess|it(?:'s| is) (?:\w+ly )?(?:\w+ )?(?:likely|possible|probable|important|recommended|advisable|best|known|safe|a good idea|necessary)|"
    r"(?:safe|reasonable) to assume|probably|presumably|likely|perhaps|possibly|maybe|(?:might|could|may|would) be|one (?:could|would|might|can|may)|"
    r"you (?:can|could|may|might|should|would|will|need)|you'd|in reality|in fact|other sources|i (?:can |would |'d )?(?:suggest|recommend)|"
    r"allgemein|üblicherweise|normalerweise|in der regel|vermutlich|wahrscheinlich|meines wissens|ich (?:denke|glaube|vermute|schätze)|meist(?:ens)?|soweit ich weiß|"
    r"en général|généralement|d'habitude|habituellement|probablement|sans doute|à ma connaissance|je (?:pense|crois|suppose)|normalement|"
    r"normalmente|generalmente|en general|por lo general|probablemente|que yo sepa|hasta donde sé|creo que|supongo|pienso|quizás?|suele|"
    r"geralmente|em geral|provavelmente|pelo que sei|até onde sei|acho que|acredito|penso|talvez|costuma|"
    r"di solito|in genere|probabilmente|per quanto ne so|a quanto ne so|credo|penso|suppongo|forse|"
    r"meestal|gewoonlijk|doorgaans|waarschijnlijk|voor zover ik weet|ik (?:denk|geloof|vermoed)|normaal|"
    r"zazwyczaj|zwykle|prawdopodobnie|o ile wiem|myślę|sądzę|chyba|"
    r"biasanya|umumnya|mungkin|setahu saya|sejauh yang saya|saya (?:kira|rasa|pikir)|"
    r"genellikle|genelde|sanırım|muhtemelen|galiba|bildiğim kadarıyla|normalde)\b|"
    r"\b(?:обычно|как правило|вероятно|наверное|насколько (?:мне известно|я знаю)|думаю|полагаю|скорее всего|возможно,)|"
    r"一般(?:来说|而言|来讲|的に|には)?|通常|据我所知|我认为|我觉得|我想|可能是?|大概|应该是|思います|おそらく|たぶん|私の知る限り|普通は|ふつう|推測|"
    r"일반적으로|보통|아마|제가 알기로|것 같습니다|생각합니다|추측|आमतौर पर|शायद|मेरे विचार|मेरे ख़?याल|जहाँ तक मुझे|संभवतः|सामान्यतः|"
    r"সাধারণত|সম্ভবত|আমার মনে হয়|আমার জানা মতে|হয়তো|عادة|عادةً|غالب|أعتقد|أظن|ربما|على حد علمي|من المحتمل|عموم|"
    r"عام طور پر|شاید|میرا خیال|میرے خیال|غالباً|جہاں تک مجھے",
)
"""What marks an answer that comes from outside the passages: habit, guess, own knowledge, advice."""
SOURCED: Final = re.compile(
    rf"\b(?:it|they|{CONTEXT}) (?:does |do |also |only )*(?:mention|state|say|provide|recommend|note|explain|suggest|indicate|describe|give|list|warn|name)s?\b|"
    rf"\baccording to (?:the |this |these )?(?:\w+ )?{CONTEXT}|\bit is (?:mentioned|stated|said) (?:that|in)\b"
)
"""What marks that the answer goes on from the passages after all."""
GUESS: Final = re.compile(
    r"\b(?:probably|presumably|my (?:best )?guess|as far as i know|to my knowledge|i (?:think|believe|suspect|guess|assume)|maybe|perhaps|"
    r"vermutlich|wahrscheinlich|meines wissens|probablement|probablemente|provavelmente|probabilmente)\b",
)
COURTESY: Final = re.compile(
    r"\W*(?:(?:however|so|therefore|thus|but|and|also|still|instead|in this case|in that case|unfortunately|alternatively|for (?:this|that|more|further)\b[^,]{0,60}),? )*"
    r"(?:(?:i(?:'m| am) )?(?:so |very |really )?sorry|my apologies|apologies|i apologi[sz]e|please|if you|feel free|let me know|"
    r"(?:(?:you|it) (?:may|might|could|can|should|would|will|is|need)(?: \w+){0,3} |i (?:would |can |'d |could |do )?(?:only )?(?:recommend|suggest|advise)(?: that)?(?: you)? |it (?:is|would be) (?:\w+ )?(?:recommended|best|advisable|a good idea|helpful|suggested|necessary)(?: that)?(?: you)? (?:to )?)(?:be )?(?:(?:find|get) (?:\w+ ){0,5}(?:in|from|by|at) |to |try |want to |need to |referring |)?(?:(?:contact|consult|ask|refer|reach|visit|call|speak|seek|provid)\w*|(?:check|look|search|review|verify)\w*\b.{0,60}\b(?:manual|guide|website|documentation|documents?|manufacturer|dealer|sources?|office|authorit\w+|department|professional|expert|support|online|official|passages?|context))|"
    r"contact|consult|refer to|for more|to (?:find|get|answer|determine|obtain|know) |therefore,? i|so,? i|"
    r"as (?:a result|such|an ai\b[^,]{0,40}),? |could you|would you|can you|do you|more (?:information|context|details?)|additional|further (?:information|details)|i(?:'m| am) (?:here|happy|glad)|i (?:hope|would need|need)|"
    r"i (?:do )?only have access|i can only answer|"
    r"es tut mir leid|tut mir leid|leider|entschuldig|bitte|wenden sie|désolé|je suis désolé|veuillez|lo siento|disculp|por favor|desculpe|sinto muito|mi dispiace|"
    r"siamo spiacenti|sorry|helaas|przepraszam|niestety|извините|к сожалению|простите|пожалуйста|抱歉|对不起|很抱歉|请|申し訳|すみません|恐れ入り|ご確認|"
    r"죄송|क्षमा|माफ़|দুঃখিত|عذر|آسف|معذرت|maaf|mohon maaf|üzgünüm|maalesef|kusura)",
)
EXPLAINS: Final = re.compile(
    r"\W*the only \w+ (?:\w+ ){0,3}(?:is|are|concerns?|relates?)\b|"
    rf"\W*(?:(?:instead|rather|but|while|although|though|however|they|it|unfortunately),? )?(?:(?:the |these |this |my |your |all )?(?:\w+ ){{0,2}}?(?:{CONTEXT}|manual|handbook|leaflet|report|timetable|guide|page)(?: (?:above|provided|given|you \w+))*|they|it) (?:do(?:es)? )?"
    r"(?:(?:only|just|mainly|mostly|merely|simply) (?:\w+ )?\w+|(?:is|are) (?:\w+ )?about(?! (?:\d|a |an |half|two|three|four|five|six|seven|eight|nine|ten|twenty))|(?:describe|discuss|cover|talk|focus|deal|concern|relate|refer|pertain|mention|speak|touch|cover)(?:s|es)?\b(?! that\b)|"
    r"(?:provide|contain|give|include|offer|ha(?:ve|s))s? (?:\w+ ){0,2}(?:information|details|instructions|data|guidance|advice|an overview|facts|examples) (?:about|on|of|regarding|for))",
)
"""A clause on what the sources are about explains a refusal and answers nothing."""
HOLDS: Final = re.compile(
    rf"\W*(?:the |these |this )?(?:\w+ ){{0,2}}?(?:{CONTEXT}|manual|handbook|leaflet|report) (?:only )?(?:name|give|hold|list|show|quote|contain|provide|offer)s?\b(?! that\b)"
)
"""A clause on what the sources have, before one that says what they have not: "The passages name the day, but not why"."""
LEAD: Final = re.compile(
    r"\W*(?:based on|according to|from|in|given|as per|regarding|concerning|as for|with regard to|bezüglich|laut|nach|selon|d'après|según|segundo|secondo|volgens|по|根据|根據)\b[^.]*\Z"
    r"|\W*(?:answer|response|final answer|antwort|réponse|respuesta|resposta|risposta|regarding \w+ \w+|the (?:first|second|other) (?:part|question) can be answered)\W*\Z"
    r"|\W*(?:yes|no|unfortunately|sorry|hmm+|well|however|also|leider|malheureusement|lamentablemente|infelizmente|purtroppo)\W*\Z",
)
"""Words before a refusal that say nothing of their own: "Based on the passages, …", "Answer: …"."""
EMPTY: Final = re.compile(
    r"\W*(?:sure|certainly|of course|okay|ok|hello|hi|hey|great question|good question|thank(?:s| you)\b.{0,40}|how can i help.{0,30}|let me (?:check|look|see)\b.{0,60}|"
    r"here (?:is|are)\b[^.]{0,60}:|(?:vielen )?dank\b.{0,40}|merci\b.{0,40}|¡?(?:muchas )?gracias\b.{0,40}|(?:muito )?obrigad[oa]\b.{0,40}|grazie\b.{0,40}|bedankt\b.{0,40}|dziękuję\b.{0,40}|"
    r"спасибо\b.{0,40}|谢谢.{0,12}|謝謝.{0,12}|(?:ご質問)?(?:、)?ありがとう.{0,12}|(?:\S+ )?질문해? ?.{0,4}감사.{0,10}|감사합니다|.{0,30}धन्यवाद|ধন্যবাদ.{0,30}|.{0,30}জন্য ধন্যবাদ|شكر\S*\b.{0,30}|شکریہ.{0,20}|terima kasih\b.{0,40}|teşekkür.{0,30})\W*\Z",
)
