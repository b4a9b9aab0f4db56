# fill.py directory n: n messages, which are links of a few files.
import os
import sys

where, n = sys.argv[1], int(sys.argv[2])
text = (b"Received: from mx.example.org by mail.example.org; "
        b"Mon, 2 Mar 2026 10:00:01 +0000\n"
        b"From: =?utf-8?Q?Ada_M=C3=BCnze?= <ada@example.org>\n"
        b"To: demo@example.org, Bob Example <bob@example.org>\n"
        b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from the coast\n"
        b"Date: Mon, 2 Mar 2026 10:00:00 +0000\n"
        b"Message-ID: <1@example.org>\n"
        b"In-Reply-To: <0@example.org>\n"
        b"Content-Type: text/plain; charset=utf-8\n\n"
        b"The tide comes in and the tide goes out.\n")
for i in range(n):
    path = "%s/%d.M%dP1.test,S=%d:2,S" % (where, 1700000000 + i, i, len(text))
    if i % 5000 == 0:
        first = path
        with open(path, "wb") as f:
            f.write(text)
    else:
        os.link(first, path)
