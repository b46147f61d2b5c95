#!/usr/bin/env bash
# exiv2 and namespace prefixes in XMP sidecars.
# Expected: a prefix is only a name for a namespace, so the same RDF reads the same whatever its prefixes are.
# Seen with exiv2 0.28.8 (pyexiv2 2.16.0 from PyPI) and with Debian's exiv2 0.27.6:
# - RDF whose prefix is not "rdf" reads as no properties at all, without an error;
# - a property of another namespace that uses the prefix "dc" is reported as Xmp.dc.*, and mixed with the real one;
# - where such a file also uses "dc" for Dublin Core in a later rdf:Description, the whole file is refused: "Schema namespace URI and prefix mismatch".
# Why it matters: digiKam, darktable and Immich read sidecars with exiv2 or like it. A program that adds keywords to another program's sidecar
# has to use the prefix that the file already has for a namespace, although the XML is as valid with its own.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q pyexiv2==2.16.0
cat > read.py <<'PY'
import pyexiv2

RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
DC = 'http://purl.org/dc/elements/1.1/'


def read(descriptions, prefix='rdf'):
    with open('a.xmp', 'w') as file:
        file.write(f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">{descriptions}</rdf:RDF></x:xmpmeta>'.replace('rdf:', f'{prefix}:').replace(':rdf=', f':{prefix}='))
    try:
        return pyexiv2.Image('a.xmp').read_xmp()
    except RuntimeError as error:
        return str(error).split('\n')[0]


def subject(dc):
    return f'<rdf:Description rdf:about="" xmlns:{dc}="{DC}"><{dc}:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></{dc}:subject></rdf:Description>'


FOREIGN = f'<rdf:Description rdf:about="" xmlns:d="{DC}" xmlns:dc="urn:elsewhere/"><d:title>t</d:title><dc:subject>x</dc:subject></rdf:Description>'
seen = [
    read(subject('dc')),
    read(subject('dc'), prefix='r'),
    read(FOREIGN + subject('d')),
    read(FOREIGN + subject('dc')),
]
print(pyexiv2.__exiv2_version__, *seen, sep='\n')
assert seen == [
    {'Xmp.dc.subject': ['sea']},
    {},
    {'Xmp.dc.title': 't', 'Xmp.dc.subject': ['sea', 'x']},
    'XMP Toolkit error 101: Schema namespace URI and prefix mismatch',
], seen
PY
venv/bin/python read.py
