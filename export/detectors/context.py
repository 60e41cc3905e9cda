"""The words before a number that say what it is: a telephone, or an order, a date, a price."""

import re
from enum import StrEnum

WINDOW = 40
# The vowel signs of India and Thailand are no letters to `re`, yet they stand inside words.
TOKEN = re.compile(r"(?:[^\W_]|[\u0900-\u0d7f\u0e31-\u0e4e])+|[$€£¥₹]")


class Said(StrEnum):
    """What a telling word makes of the number after it."""

    SURE = "sure"
    PERHAPS = "perhaps"
    OTHER = "other"


# Whole words, and beginnings of words where grammar changes the end.
WORDS = {
    Said.SURE: """
        phone phones telephone telephones tel mobile cell cellular cellphone fax whatsapp viber
        hotline mob ph sms handy handynummer handynr rufnummer téléphone telephone tél portable
        telefono teléfono telèfono móvil movil celular telefone cellulare gsm puh tlf telepon τηλ
        τηλέφωνο тел sđt thoại टेलीफोन फ़ोन फोन मोबाइल هاتف جوال موبايل تلفن טלפון נייד
    """,
    Said.PERHAPS: """
        call text dial ring contact anrufen ruf joindre llama llámame liga ligue chiama chiamami
        bel zadzwoń gọi hubungi ara arayın اتصل התקשר
    """,
    Said.OTHER: """
        order orders invoice isbn issn id ids ref reference ticket tracking sku serial version part
        case doi arxiv zip date dated population price cost costs total sum account timestamp epoch
        pmid patent barcode ean upc gtin imei port seed hash shipment booking customer member
        flight model parcel commande facture colis pedido factura fatura ordine fattura siret nip
        sipariş siparişi инн طلب הזמנה $ € £ ¥ ₹
    """,
}
STEMS = {
    Said.SURE: "telefon telefoon mobil komórk puhelin телефон моб",
    Said.PERHAPS: "appel llam chiam звони позвони contact kontakt контакт",
    Said.OTHER: (
        "bestell rechnung auftrag kunden sendung artikel catalog zamówieni zamowieni faktur заказ"
        " счет счёт"
    ),
}
# Parts of a run, where words have no space between them.
PARTS = {
    Said.SURE: "電話 电话 手机 手機 携帯 座机 전화 휴대폰 핸드폰 연락처 โทร",
    Said.PERHAPS: "致电 联系 聯絡 連絡 연락",
    Said.OTHER: "订单 訂單 编号 編號 快递 注文 番号 주문 송장",
}
MINE = {("my", "number"), ("my", "no"), ("no", "hp"), ("reach", "me")}

BY_WORD = {word: said for said, words in WORDS.items() for word in words.split()}
BY_STEM = tuple((tuple(stems.split()), said) for said, stems in STEMS.items())
BY_PART = tuple((part, said) for said, parts in PARTS.items() for part in parts.split())


def said_before(text: str, start: int) -> Said | None:
    """What the nearest telling word before `start` says; nothing where there is none."""
    tokens = TOKEN.findall(text[max(0, start - WINDOW) : start].lower())
    for place in range(len(tokens) - 1, -1, -1):
        if said := _said_by(tokens[place]):
            return said
        if place and (tokens[place - 1], tokens[place]) in MINE:
            return Said.SURE
    return None


def _said_by(token: str) -> Said | None:
    if said := BY_WORD.get(token):
        return said
    for stems, said in BY_STEM:
        if token.startswith(stems):
            return said
    return None if token.isascii() else _said_within(token)


def _said_within(run: str) -> Said | None:
    """The last telling part of a run that has no spaces."""
    found = max((run.rfind(part), said) for part, said in BY_PART)
    return found[1] if found[0] >= 0 else None


def named_as_other(text: str, start: int) -> bool:
    """Whether the text itself calls the number at `start` something impersonal."""
    return said_before(text, start) is Said.OTHER
