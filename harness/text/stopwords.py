"""Words that carry grammar rather than content, in their normal form, for the languages that use spaces."""

from __future__ import annotations

from typing import Final

__all__ = ["STOPWORDS"]

_ENGLISH = """
a about abov yes after again against all also although am among an and ani are aren't as at be becaus been befor being
below between both but by can can't cannot could couldn't did didn't do doe doesn't don't dur each either etc ever
everi for from further had hadn't ha has hasn't hav haven't having he he'll her here hi his him how howev i i'm i've
if in include into is isn't it it its itself just let lik mai may me mean might more mor most much must my nam neither
no nor not now of off often on onc one onli or other others our out over own per quit rather same several shall she
should shouldn't sinc so some such than that that' the their them then there therefor thes these thei they thi this
those though through thu thus to too under until up upon us use used veri via wa was wasn't we well were weren't what
when where whether which whil who whom whos why will with within without won't would wouldn't yet you your yours
hi doing done only very any every being have like name include these does during because before about above since
while therefore whose once who's it's additionally moreover furthermore overall finally hence likewise nevertheless
nonetheless otherwise meanwhile specifically s ve ll re
"""
_GERMAN = """
der die das den dem des ein eine einen einem einer eines und oder aber nicht ist sind war waren wird werden wurde
wurden hat haben hatte mit von vom zu zum zur im in am an auf aus bei nach für über unter durch als auch es sie er wir
ihr sich dass daß wenn wie so nur noch bis um dieser diese dieses kann können muss müssen soll sollen darf dürfen
"""
_ROMANCE = """
el la los las un una unos unas de del y o pero no es son era fue ser se que en con por para su sus al lo le les como más
le la les un une des du et ou mais ne pas est sont était être se que qui dans en avec sur sa ses leur au
aux ce cette ces il elle ils elles comme on à
o os as um uma do da dos das e mas não é são foi em no na nos nas com por para seu sua ao
il lo gli i uno di del della e ma non è sono era in con per che si al alla
"""
_OTHER = """
и в на не что с по из у за от до для как это он она они его её их или но а был была были
है हैं था थे थी का की के को से में पर और या यह वह कि ने भी तो
من في على إلى عن أن إن هذا هذه التي الذي و أو لا ما كان هو هي
"""

STOPWORDS: Final = frozenset(f"{_ENGLISH} {_GERMAN} {_ROMANCE} {_OTHER}".split())
