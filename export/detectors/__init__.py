"""The detectors a release is redacted with, each with the name and version a manifest records."""

from export.detectors import keys, machines, mail, numbers, phones, secrets
from export.findings import Detector, Kind

DETECTORS = (
    Detector("mail", 1, Kind.EMAIL, mail.spans, digits=False),
    Detector("phone", 1, Kind.PHONE, phones.spans),
    Detector("card", 1, Kind.CARD, numbers.cards),
    Detector("iban", 1, Kind.IBAN, numbers.ibans),
    Detector("ipv4", 1, Kind.IP, machines.ipv4),
    Detector("ipv6", 1, Kind.IP, machines.ipv6),
    Detector("mac", 1, Kind.MAC, machines.macs),
    Detector("token", 1, Kind.KEY, keys.tokens),
    Detector("private-key", 1, Kind.KEY, keys.private_keys, digits=False),
    Detector("assignment", 1, Kind.SECRET, secrets.assigned),
    Detector("url-password", 1, Kind.SECRET, secrets.in_urls, digits=False),
)

__all__ = ["DETECTORS"]
