"""Labelled lines with something to find: kind, then the text with [[what must be found]]."""

import re

import pytest

from export.redact import redact

FOUND = """
email | Write to [[jane.doe@example.org]] before Friday.
email | My address is [[j_smith+arena@mail.example.co.uk]].
email | <[[support-team@shop.example.com]]>
email | [mail me](mailto:[[olga@example.net]])
email | "contact": "[[first.last@sub.domain.example.io]]",
email | Schreib an [[jörg.müller@beispiel-firma.de]], danke!
email | Écrivez à [[amélie@exemple.fr]]; merci
email | Пишите на [[ivan.petrov@yandex.ru]].
email | Почта: [[иван@почта.рф]]
email | 请发邮件到[[zhang.wei@qq.com]]谢谢
email | メールは[[tanaka@docomo.ne.jp]]です
email | 이메일은 [[minsu.kim@naver.com]]으로 보내 주세요
email | راسلني على [[ahmed.ali@gmail.com]] الآن
email | e-mail:[[ana@correo.es]],[[luis@correo.es]]
email | It is [[jane [at] example [dot] com]] to keep robots off
email | reach me: [[john(at)example.org]]
email | say it aloud: [[maria dot silva at gmail dot com]]
email | ｊｏ: [[ｊｏ＠ｅｘａｍｐｌｅ．ｃｏｍ]]
email | unsubscribe?mail=[[ann%40example.com]]&x=1
email | author = "Kim [[kim@lab.example.edu]]"
email | git config user.email [[dev@company.example]]
email | [[O'Brien@example.ie]] replied
email | cc [[a@b.co]]; bcc nobody
phone | Call me at [[(415) 555-2671]] after six.
phone | my cell is [[415-555-2671]]
phone | reach us on [[+1 415 555 2671 ext 9]]
phone | [[1-800-555-0199]] is free of charge
phone | text [[4155552671]] when you are there
phone | Phone: [[555-0123]]
phone | +1: [[+14155552671]]
phone | London office [[020 7946 0958]], ask for Sam
phone | mobile [[07700 900123]]
phone | [[+44 20 7946 0958]] from abroad
phone | his number was [[07911123456]]
phone | Tel.: [[030 12345678]]
phone | Ruf mich an: [[0171 1234567]]
phone | Handy [[0151-23456789]], abends
phone | Büro [[089 / 12345678]]
phone | [[+49 (0)30 901820]] Zentrale
phone | [[0043 1 58858]] heißt Wien
phone | Wien [[01 58858 4711]] wählen, Telefon
phone | Schweiz [[044 668 18 00]]
phone | [[+41 79 123 45 67]] privat
phone | Appelle-moi au [[06 12 34 56 78]] ce soir
phone | mon portable : [[06.12.34.56.78]]
phone | Tél. [[01 42 68 53 00]]
phone | [[+33 6 12 34 56 78]], merci
phone | numéro : [[0612345678]]
phone | Llámame al [[612 34 56 78]]
phone | teléfono [[912 345 678]]
phone | móvil: [[+34 612 345 678]]
phone | mi celular es [[55 1234 5678]], en México
phone | [[+52 55 1234 5678]]
phone | Argentina [[+54 9 11 2345-6789]]
phone | chiamami al [[333 1234567]]
phone | cellulare [[3331234567]]
phone | Roma [[+39 06 6982]] e poi 123
phone | liga para [[(11) 91234-5678]]
phone | WhatsApp [[+55 11 91234-5678]]
phone | telefone: [[21 2345 6789]]
phone | bel mij op [[06-12345678]]
phone | kantoor [[020-1234567]]
phone | België: [[0470 12 34 56]]
phone | ring meg på tlf [[912 34 567]]
phone | Sverige [[070-123 45 67]]
phone | Danmark, telefon [[32 12 34 56]]
phone | puh. [[040 123 4567]]
phone | zadzwoń: [[512 345 678]]
phone | telefon [[22 621 02 51]] w Warszawie
phone | volejte [[+420 601 123 456]]
phone | звоните [[8 (912) 345-67-89]]
phone | мой телефон [[+7 912 345-67-89]]
phone | моб. [[89123456789]]
phone | дзвоніть [[067 123 45 67]]
phone | τηλ. [[210 1234567]]
phone | beni ara: [[0532 123 45 67]]
phone | telefon numaram [[+90 532 123 45 67]]
phone | טלפון [[050-234-5678]]
phone | هاتف [[٠٥٠ ١٢٣ ٤٥٦٧]]
phone | جوال [[+966 50 123 4567]]
phone | मेरा मोबाइल [[98765 43210]] है
phone | फ़ोन [[९८७६५४३२१०]]
phone | India [[+91 98765 43210]]
phone | Karachi [[0300 1234567]]
phone | 我的手机号是[[13812345678]]，微信同号
phone | 电话：[[010-62341234]]
phone | 打给[[138 0013 8000]]吧
phone | 台北 [[02-2345-6789]]
phone | 手機 [[0912-345-678]]
phone | 電話は[[03-3123-4567]]まで
phone | 携帯：[[０９０－１２３４－５６７８]]
phone | 전화 [[010-2345-6789]] 주세요
phone | 서울 [[02-312-3456]]
phone | gọi số [[0912 345 678]]
phone | hubungi [[0812-3456-7890]]
phone | Sydney [[(02) 9374 4000]]
phone | mob [[0412 345 678]]
phone | Lagos: [[0803 123 4567]]
phone | Nairobi [[+254 712 345678]]
phone | Singapore, call [[9123 4567]]
phone | one [[+1 (212) 555-0188]], two [[+44 7700 900456]]
card | Visa [[4111 1111 1111 1111]] exp 12/27
card | my card: [[4012888888881881]]
card | [[5555-5555-5555-4444]] is the Mastercard
card | Karte [[2223 0031 2200 3222]]
card | amex [[3782 822463 10005]]
card | numéro de carte [[371449635398431]]
card | [[6011 1111 1111 1117]] Discover
card | JCB [[3530 1113 3330 0000]]
card | Diners [[30569309025904]]
card | 银行卡[[6222 0212 3456 7890 128]]
phone | office: [[212-555-0187x4021]]
card | old card [[4222222222222]]
secret | password: [[cMUm(pYsY)*5u4]]
ip | host [[a258:e831:6378:ad68:2312:d71d:6dcb:3005]]
card | cc=[[4242424242424242]];cvc=123
iban | Überweise an [[DE89 3704 0044 0532 0130 00]] bitte
iban | IBAN: [[GB29NWBK60161331926819]]
iban | mon RIB [[FR14 2004 1010 0505 0001 3M02 606]]
iban | cuenta [[ES91 2100 0418 4502 0005 1332]]
iban | conto [[IT60X0542811101000000123456]].
iban | rekening [[nl91 abna 0417 1643 00]]
iban | konto [[PL61 1090 1014 0000 0712 1981 2874]]
iban | [[CH93-0076-2011-6238-5295-7]]
iban | hesap [[TR33 0006 1005 1978 6457 8413 26]]
iban | [[NO93 8601 1117 947]] og takk
ip | The server is at [[203.0.113.77]].
ip | ssh root@[[198.51.100.23]]
ip | http://[[93.184.216.34]]:8080/admin
ip | from [[192.168.1.17]] to [[10.0.0.5]]
ip | мой IP: [[85.143.21.7]]
ip | 服务器[[121.43.18.9]]挂了
ip | [[2001:db8:85a3::8a2e:370:7334]] answers
ip | link-local [[fe80::1ff:fe23:4567:890a]]%eth0
ip | [[2a00:1450:4001:81b:0:0:0:200e]]
ip | AAAA record: [[2001:db8::5]].
ip | ULA [[fd12:3456:789a:1::1]]/64
ip | allow [[172.16.4.0]]/24;
mac | device [[00:1A:2B:3C:4D:5E]] joined
mac | MAC [[00-1b-63-84-45-e6]]
mac | cisco [[001b.6384.45e6]]
mac | ether [[52:54:00:9d:0e:67]] txqueuelen 1000
key | aws [[AK¦IAIOSFODNN7EXAMPLQ]]
key | export GITHUB_TOKEN=[[gh¦p_16C7e42F292c6912E7710c838347Ae178B4a]]
key | [[gi¦thub_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ0123456789]]
key | OPENAI_API_KEY=[[sk¦-proj-A1b2C3d4E5f6G7h8I9j0K1l2M3n4]]
key | old style [[sk¦-aB3dE5gH7jK9mN1pQ3sT5uV7wX9yZ1bC3dE5gH7jK9mN1pQ3]]
key | [[sk¦-ant-api03-Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe]] leaked
key | login(token="[[hf¦_QwErTyUiOpAsDfGhJkLzXcVbNm12345678]]")
key | slack [[xo¦xb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx]]
key | maps?key=[[AI¦zaSyD4iE2xVSpkLLOXdYhZ3kPqR5tUvWxYz01]]
key | Authorization: Bearer [[abCD1234efGH5678ijKL9012mnOP]]
key | [[ey¦JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P]]
key | stripe [[sk¦_live_4eC39HqLyjWDarjtT1zdp7dc]]
key | [[gl¦pat-a1B2c3D4e5F6g7H8i9J0]]
key | [[np¦m_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8]]
key | [[SG¦.a1B2c3D4e5F6g7H8i9J0kL.m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2g3H]]
secret | api_key = "[[9f8e7d6c5b4a3928]]"
secret | password: [[Tr0ub4dor&3]]
secret | "db_password": "[[pL3ase-l3t-me]]"
secret | mein Passwort ist [[Sommer2024!]]
secret | contraseña: [[Gat0Negr0]]
secret | mot de passe : [[Soleil-88]]
secret | пароль: [[Kotik1987]]
secret | 密码：[[abc98765x]]
secret | aws_secret_access_key = [[wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzkeyQ2]]
secret | postgres://app:[[s3cr3t-Pw]]@db.internal:5432/main
secret | CLIENT_SECRET='[[8Q~aB1cD2eF3gH4iJ5kL6]]'
secret | the password is [[hunter42]], do not tell
"""
# No token stands here whole: a ¦ breaks it, lest a scanner of repositories takes it for real.
FOUND = FOUND.replace("¦", "")
MARKED = re.compile(r"\[\[((?:(?!\[\[).)+?)\]\](?!\])", re.DOTALL)
LINES = [line.split(" | ", 1) for line in FOUND.strip().splitlines()]


def unmarked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and the spans they stood around."""
    text, spans, last = "", [], 0
    for match in MARKED.finditer(marked):
        text += marked[last : match.start()]
        spans.append((len(text), len(text) + len(match[1])))
        text += match[1]
        last = match.end()
    return text + marked[last:], spans


@pytest.mark.parametrize(("kind", "marked"), LINES)
def test_what_is_marked_is_found_exactly(kind: str, marked: str) -> None:
    text, spans = unmarked(marked)
    found = redact(text).findings
    assert [(item.start, item.end) for item in found] == spans
    assert {item.kind.value for item in found} == {kind}


def test_there_are_at_least_a_hundred_and_twenty_lines_in_eight_kinds() -> None:
    assert len(LINES) >= 120
    assert len({kind for kind, _ in LINES}) == 8
