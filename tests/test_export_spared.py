"""Labelled lines that look like personal data and are none: they must come out as they went in."""

import pytest

from export.redact import redact

SPARED = """
The patch is in version 1.2.3.4 and later.
Chrome/120.0.0.0 Safari/537.36
upgrade from 2.4.1.0 to 2.4.1.1
pip install torch==2.1.0.1
see section 3.2.1.4 of the standard
firmware 10.0.2.15 fixes this
版本 5.7.31.2 已发布
v10.4.3.2 was tagged
OID 1.3.6.1.4.1.311.21.20
bind to 127.0.0.1:8000 and 0.0.0.0
netmask 255.255.255.0
nameserver 8.8.8.8
scores 1.5.2.9.1 in the outline
std::vector<int>::iterator it = v.begin();
Foo::Bar::baz(dead::beef)
at 12:30:45 it stopped; 10:15:30 it ran
ratio 4:3:2:1 and 16:9
xs[2000::2] and a[::2]
::1 is loopback in IPv6
fingerprint 16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48
ff:ff:ff:ff:ff:ff is the broadcast
lottery 05-12-23-34-41-07
Order 4155552671 has shipped.
Bestellnummer 0612345678
numéro de commande 0612345678
订单编号 13812345678901
заказ № 89123456789
invoice 2024-000123-45
tracking 1Z999AA10123456784
tracking number 9400 1000 0000 0000 0000 00
shipment 4012888888881881
account 12345678
ISBN 978-3-16-148410-0
ISBN 0-306-40615-2
978-0-13-468599-1
ISSN 0317-8471
EAN 4006381333931
IMEI 490154203237518
DOI 10.1038/s41586-020-2649-2
arXiv:2403.04132
arXiv 2310.06825v2
PMID 31452104
RFC 9457 and RFC 7519
US Patent 10,123,456
SSN-like 078-05-1120
CVE-2021-44228
2024-01-15 09:30:00
15.01.2024 and 16/01/2024
01-02-2024
20240115
2024 01 15
1990-1995 and 2001-2004
years 1914 1918 1939 1945
from 1999/2000 to 2005/2006
epoch 1705312800
1705312800123 ms
timestamp=1705312800
in 2023, 1200000 people moved
population 1 234 567
1.234.567,89 EUR
$1,234,567.89
it costs 1 250 000 Kč
12 345 678 tonnes
mobile users grew to 12,500,000
pi = 3.14159265358979323846
e = 2.718281828459045
6.02214076e23 per mole
0.1234567890123
1/3 = 0.3333333333
[10, 20, 30, 40, 50, 60, 70]
10 20 30 40 50 60 70 80
1 2 3 4 5 6 7 8 9 10 11 12
01 02 03 04 05 06 07
0123456789
1234567890
01001000 01100101 01101100
0x7fff5fbff8c0
1000000007 is prime
x = 4155552671 % 97
123456789 * 987654321 = 121932631112635269
fib: 1 1 2 3 5 8 13 21 34 55 89 144
range(1000000, 9999999)
seed=4155552671
a[1234567] = 7654321
const MAX = 2147483647;
#FF5733 and #1234567890
lat 48.8566, lon 2.3522
-33.8688 151.2093
48.856613 2.352222
commit 3f49891a2b7c
fixed in dbf5f509d3a1c4e87b6a5f4e3d2c1b0a99887766
sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
md5 d41d8cd98f00b204e9800998ecf8427e
id 123e4567-e89b-12d3-a456-426614174000
@pytest.fixture
@dataclass(frozen=True)
lodash@4.17.21
@types/node@20.1.0
git@github.com:owner/project.git
icon@2x.png
y = W@x.sum() + b
C = A@B.T
user@localhost
password = settings.db2.password
cartons 4006381333931
resized 1920x1080 from 1600x1200
meet @ 5.30 pm
follow @jane_doe on it
at the dot com boom
Look at this. Com is a port.
float("1e10")
password = input("Password: ")
password: str = Field(min_length=12)
password = os.environ["DB_PASSWORD_2"]
"password": "your_password_123"
password: ********
Password must be at least 12 characters
the password is required
Passwort vergessen?
api_key = "YOUR_API_KEY_1"
api_key=$API_KEY_2
api_key: "<your-key-1>"
token = tokenizer.encode(text)
token: 50256
token_count = 1024
max_tokens=4096
secret_key = get_secret("prod1")
key = "primary-key-1"
sk-folding-cube-container-1
class="sk-estimator-doc-link"
hf_hub_download(repo_id="x")
sk-xxxxxxxxxxxxxxxxxxxxxxxx1
AKIA is how AWS keys begin
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
eyJ is base64 for {"
DE89 3704 0044 0532 0130 01
GB29 is a postcode? No.
IT60 is a road
card 4111 1111 1111 1112
1234 5678 9012 3456
0000 0000 0000 0000
4111.1111
member 6011000990139424
model RTX 4090 24 GB
ISO 8601-1:2019
WD-40, 7-Eleven, 747-8
24/7 support, 9-5
Psalm 119:105-112
Article 12.3.4, § 7.1.2.3
Mersenne 2305843009213693951
call(1234567)
dial up 56000 baud
3000-4000 calories, 1500-2000 steps
wavelengths 400-700 nm
zip 94105-1234
CEP 01310-100
90210 10001 60601
score 21-19 18-21 21-15
page 1123-1145
Phys. Rev. E 71, 056103 (2005)
8 (800) ways
flight LH 1234 2024
{"id": 4155552671, "n": 13812345678}
https://example.com/item/4155552671?ref=123
https://x.com/a/status/1234567890123456789
192.168 is a prefix
٢٠٢٤-٠١-١٥
第 12345678 号
共 13812345678 元
"""
LINES = SPARED.strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_what_only_looks_personal_survives(line: str) -> None:
    assert redact(line).text == line


def test_there_are_at_least_a_hundred_and_twenty_hard_lines() -> None:
    assert len(set(LINES)) >= 120
