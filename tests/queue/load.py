# load.py port seed workers messages: puts messages into the mailbox Queue
# while workers, of the example in imapd.8 in the file worker.py, take them;
# kills workers and their sessions at random; ends when Done has them all, and
# then checks that each message was claimed by one worker and no other.
#
# Runs in the directory of the servers, whose Maildir has Queue, Done and
# Failed.  What the workers do is to write their name and the subject to the
# file work.log.

import imaplib, os, random, re, signal, subprocess, sys, time

PORT, SEED, WORKERS, MESSAGES = [int(a) for a in sys.argv[1:5]]
LIMIT = 600 + MESSAGES / 10     # seconds
random.seed(SEED)


class Worker:
    def __init__(self, number):
        self.name = "w%d" % number
        self.starts = 0
        self.start()

    def start(self):
        environ = dict(os.environ, IMAP_HOST="127.0.0.1", IMAP_PORT=str(PORT),
            IMAP_USER="demo", IMAP_PASSWORD="demo")
        command = ["sed", "-n", "s/^Subject: /%s /p" % self.name]
        with open("work.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "worker.py", self.name] + command,
                stdin=subprocess.DEVNULL, stdout=log, env=environ)
        self.starts += 1

    def kill(self):
        self.process.kill()
        self.process.wait()

    # As whatever supervises it would; it may say that indexd is not there.
    def keep(self):
        if self.process.poll() is not None:
            self.start()


def connect():
    m = imaplib.IMAP4("127.0.0.1", PORT, timeout=120)
    m.login("demo", "demo")
    return m


def deliver(number):
    name = "%d.M%dP%d.load" % (1700000000 + number, number, os.getpid())
    with open("Maildir/.Queue/tmp/" + name, "w") as f:
        f.write("From: ada@example.org\nSubject: %d\n\nWork.\n" % number)
    os.rename("Maildir/.Queue/tmp/" + name, "Maildir/.Queue/new/" + name)


# A process of imapd: of those that serve, one by chance.
def kill_session():
    log = open("imapd.log").read()
    serving = set(re.findall(r"imapd\[(\d+)\]: session: start", log))
    serving -= set(re.findall(r"imapd\[(\d+)\]: session: end", log))
    serving -= killed
    if serving:
        pid = random.choice(sorted(serving))
        killed.add(pid)
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass


def messages(m, box):
    data = m.status(box, "(MESSAGES)")[1][0]
    return int(re.search(rb"MESSAGES (\d+)", data)[1])


# What Done has, as subject and worker; a message has one claim.
def done(m):
    m.select("Done", readonly=True)
    owner = {}
    for d in m.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]:
        if not isinstance(d, tuple):
            continue
        flags = re.search(rb"FLAGS \((.*?)\)", d[0])[1].decode().split()
        names = [f for f in flags if f.startswith("w")]
        subject = re.search(rb"Subject: (\d+)", d[1])[1].decode()
        if subject in owner:
            sys.exit("message %s is in Done twice" % subject)
        if "$Claimed" not in flags or len(names) != 1:
            sys.exit("message %s has the flags %s" % (subject, flags))
        owner[subject] = names[0]
    return owner


def check(m, workers):
    owner = done(m)
    if sorted(owner, key=int) != [str(n) for n in range(MESSAGES)]:
        sys.exit("Done has %d other messages" % len(owner))
    if messages(m, "Queue") or messages(m, "Failed"):
        sys.exit("something is left")
    seen = set()
    again = 0
    for line in open("work.log"):
        name, subject = line.split()
        if owner[subject] != name:
            sys.exit("%s worked on %s, which was %s's" % (name, subject,
                owner[subject]))
        again += subject in seen
        seen.add(subject)
    if len(seen) != MESSAGES:
        sys.exit("%d messages were never worked on" % (MESSAGES - len(seen)))
    # Again only after a worker or its session was killed.
    cuts = sum(w.starts for w in workers) - WORKERS + len(killed)
    if again > cuts:
        sys.exit("%d done again after %d cuts" % (again, cuts))
    shares = sorted(list(owner.values()).count(w.name) for w in workers)
    print("%d messages, %d workers, shares %d to %d; %d cuts, %d done again" %
        (MESSAGES, WORKERS, shares[0], shares[-1], cuts, again))


def run(workers):
    start = time.time()
    queued = 0
    m = connect()
    while messages(m, "Done") < MESSAGES:
        if time.time() - start > LIMIT:
            sys.exit("not done after %d s" % LIMIT)
        burst = min(random.randrange(2 * MESSAGES // 20 + 2),
            MESSAGES - queued)
        for _ in range(burst):
            deliver(queued)
            queued += 1
        what = random.randrange(4)
        if what == 0:
            worker = random.choice(workers)
            worker.kill()
            worker.start()
        elif what == 1 and len(killed) < 50:
            kill_session()
            try:
                m.noop()
            except (imaplib.IMAP4.abort, OSError):
                m = connect()
        for worker in workers:
            worker.keep()
        time.sleep(random.random() / 2)
    print("%.1f s, %.0f messages/s" % (time.time() - start,
        MESSAGES / (time.time() - start)))
    check(connect(), workers)


killed = set()
crew = [Worker(n) for n in range(WORKERS)]
try:
    run(crew)
finally:
    for w in crew:
        w.kill()
