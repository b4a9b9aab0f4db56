# A client that compresses (RFC 4978): what the tests say is sent, and what is
# expected is looked for.  packed.py port test [tls]
import socket, ssl, sys, time, zlib

SECONDS = 60


class Client:
    def __init__(self):
        self.sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        self.sock.settimeout(SECONDS)
        if "tls" in sys.argv[3:]:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            # An end without close_notify is an error.
            self.sock = context.wrap_socket(self.sock,
                suppress_ragged_eofs=False)
        self.buf = b""
        self.wire = 0
        self.pack = self.unpack = None
        self.ended = False

    def send(self, data, flush=zlib.Z_SYNC_FLUSH):
        if isinstance(data, str):
            data = data.encode()
        if self.pack is not None:
            data = self.pack.compress(data) + self.pack.flush(flush)
        self.sock.sendall(data)

    def more(self):
        data = self.sock.recv(65536)
        self.wire += len(data)
        if not data:
            self.ended = True
        elif self.unpack is None:
            self.buf += data
        else:
            self.buf += self.unpack.decompress(data)
            assert self.unpack.unused_data == b"", "octets after the stream"

    # All up to the line that begins with that.
    def until(self, what):
        what = b"\r\n" + what.encode()
        self.buf = b"\r\n" + self.buf
        while what not in self.buf:
            assert not self.ended, "no %r in %r" % (what, self.buf[-500:])
            self.more()
        end = self.buf.index(what) + len(what)
        while b"\r\n" not in self.buf[end:]:
            self.more()
        end = self.buf.index(b"\r\n", end) + 2
        got, self.buf = self.buf[:end], self.buf[end:]
        return got[2:].decode("latin-1")

    def rest(self):
        while not self.ended:
            self.more()
        return self.buf.decode("latin-1")

    def ask(self, text, answer="OK"):
        tag = text.split(" ")[0]
        self.send(text + "\r\n")
        got = self.until(tag + " ")
        last = got.split("\r\n")[-2]
        assert last.startswith(tag + " " + answer), last
        return got

    def start(self):
        self.pack = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.unpack = zlib.decompressobj(-15)

    def login(self):
        self.until("* OK")
        return self.ask("l LOGIN demo demo")

    def compress(self):
        self.login()
        self.ask("c COMPRESS DEFLATE")
        assert self.buf == b""
        self.start()


def negotiate():
    c = Client()
    assert "COMPRESS" not in c.until("* OK")
    assert "COMPRESS" not in c.ask("a CAPABILITY")
    c.ask("b COMPRESS DEFLATE", "BAD")
    assert "COMPRESS=DEFLATE" in c.ask("d LOGIN demo demo")
    assert "COMPRESS=DEFLATE" in c.ask("e CAPABILITY")
    c.ask("f COMPRESS", "BAD")
    c.ask("g COMPRESS GZIP", "BAD")
    c.ask("h COMPRESS DEFLATE DEFLATE", "BAD")
    c.ask("i SELECT INBOX")
    c.ask("j compress {7+}\r\ndeflate", "BAD")
    c.ask("k compress deflate")
    c.start()
    assert "COMPRESS" not in c.ask("m CAPABILITY")
    c.ask("n COMPRESS DEFLATE", "NO [COMPRESSIONACTIVE]")
    c.ask("o COMPRESS GZIP", "BAD")
    assert " EXISTS" in c.ask("p EXAMINE INBOX")
    c.send("q LOGOUT\r\n")
    got = c.rest()
    assert "* BYE" in got and "q OK" in got, got
    assert c.unpack.eof, "the stream has no end"


def append():
    c = Client()
    c.compress()
    line = b"%08d" + b" the quick brown fox" * 3 + b"\r\n"
    text = b"Subject: big\r\n\r\n" + b"".join(line % i for i in range(80000))
    c.send("a APPEND INBOX {%d}\r\n" % len(text))
    c.until("+ ")
    c.send(text, zlib.Z_NO_FLUSH)
    c.send("\r\n")
    c.until("a OK")
    c.send(b"b APPEND INBOX {%d+}\r\n" % len(text) + text + b"\r\n")
    c.until("b OK")
    n = int(c.ask("d SELECT INBOX").split(" EXISTS")[0].split(" ")[-1])
    c.wire = 0
    for n in (n - 1, n):
        got = c.ask("e%d FETCH %d BODY.PEEK[]" % (n, n)).encode()
        assert text in got, "another text came back"
    assert c.wire < len(text) / 2, c.wire
    c.ask("f LOGOUT")


def idle():
    c, d = Client(), Client()
    c.compress()
    d.login()
    c.ask("a SELECT INBOX")
    d.ask("a SELECT INBOX")
    c.send("b IDLE\r\n")
    c.until("+ ")
    for n in range(3):
        d.ask("b%d STORE 1 %sFLAGS (\\Flagged)" % (n, "-" if n % 2 else "+"))
        began = time.monotonic()
        c.until("* 1 FETCH")
        assert time.monotonic() - began < 2, "not flushed at once"
        time.sleep(0 if n == 0 else 1.2)    # long enough to be at rest
    c.send("DONE\r\n")
    c.until("b OK")
    c.ask("d NOOP")
    d.ask("e LOGOUT")
    c.ask("f LOGOUT")


def ahead():
    c = Client()
    c.login()
    c.pack = None
    pack = zlib.compressobj(6, zlib.DEFLATED, -15)
    c.sock.sendall(b"a COMPRESS DEFLATE\r\n" + pack.compress(b"b NOOP\r\n") +
        pack.flush(zlib.Z_SYNC_FLUSH))
    c.until("a OK")
    rest = c.buf
    c.start()
    c.buf = c.unpack.decompress(rest)
    c.until("b OK")


def injected():
    c = Client()
    c.login()
    c.sock.sendall(b"a COMPRESS DEFLATE\r\nb CREATE injected\r\n")
    c.until("a OK")
    c.buf, c.unpack = b"", zlib.decompressobj(-15)
    assert "b " not in c.rest()


def bomb():
    c = Client()
    c.compress()
    zeros = b"a" * (1 << 20)
    try:
        for i in range(256):
            c.send(zeros, zlib.Z_NO_FLUSH)
        c.send("")
        got = c.rest()
        assert "BYE" in got, got
    except (BrokenPipeError, ConnectionResetError):
        pass


def apart():
    # Lengths of what comes back: the same body again is not shorter, nor is
    # one like the last in another answer; headers of one answer are.
    c = Client()
    c.compress()
    c.ask("a SELECT INBOX")

    def wire(text):
        before = c.wire
        c.ask(text)
        return c.wire - before

    # Once for what is sent but once, such as what the header says.
    wire("b FETCH 1 BODY.PEEK[]")
    one = wire("d FETCH 1 BODY.PEEK[]")
    again = wire("e FETCH 1 BODY.PEEK[]")
    assert abs(one - again) < 8, (one, again)
    two = wire("f FETCH 1:2 BODY.PEEK[]")
    assert two > 1.9 * one - 100, (one, two)
    head = wire("g FETCH 1 BODY.PEEK[HEADER]")
    both = wire("h FETCH 1:2 BODY.PEEK[HEADER]")
    assert both < 1.6 * head, (head, both)
    assert abs(wire("i FETCH 1 BODY.PEEK[HEADER]") - head) < 8
    c.ask("j LOGOUT")


def silent_end():
    c = Client()
    c.compress()
    c.ask("a NOOP")
    c.send("b NOOP\r\n", zlib.Z_FINISH)
    c.until("b OK")
    got = c.rest()
    assert c.unpack.eof, "the stream has no end"


if __name__ == "__main__":
    globals()[sys.argv[2]]()
