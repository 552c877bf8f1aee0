# SPDX-License-Identifier: AGPL-3.0-or-later
# number_oracle.py - libphonenumber's opinion of each line, read as somebody in China dials it:
# "E164 valid|possible TYPE COUNTRY", or "-" for what is no number. With the argument "examples", an
# example of each type of number of each region instead: "E164 TYPE COUNTRY REGION".

import sys

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

KINDS = {getattr(PhoneNumberType, name): name for name in (
    'FIXED_LINE', 'MOBILE', 'FIXED_LINE_OR_MOBILE', 'TOLL_FREE', 'PREMIUM_RATE', 'SHARED_COST',
    'VOIP', 'PERSONAL_NUMBER', 'PAGER', 'UAN', 'VOICEMAIL', 'UNKNOWN')}


def opinion(text):
    try:
        number = phonenumbers.parse(text, 'CN')
    except phonenumbers.NumberParseException:
        return '-'
    if not phonenumbers.is_possible_number(number):
        return '-'
    valid = 'valid' if phonenumbers.is_valid_number(number) else 'possible'
    kind = KINDS[phonenumbers.number_type(number)]
    return f'{phonenumbers.format_number(number, PhoneNumberFormat.E164)} {valid} {kind} {number.country_code}'


def examples():
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind, name in KINDS.items():
            number = phonenumbers.example_number_for_type(region, kind)
            if number and phonenumbers.is_valid_number(number):
                e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
                yield f'{e164} {name} {number.country_code} {region}'


for answer in examples() if sys.argv[1:] == ['examples'] else (opinion(line.rstrip('\n')) for line in sys.stdin):
    print(answer)
