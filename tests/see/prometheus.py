# Reads the text format of Prometheus, version 0.0.4, as strictly as can be;
# prints each sample as "name{labels} value".  prometheus.py file
import math, re, sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
BASE = ("_seconds", "_bytes", "_total", "_info")


def fail(n, text):
    sys.exit("line %d: %s" % (n, text))


raw = open(sys.argv[1], "rb").read()
text = raw.decode("utf-8")              # fails if it is none
if not text.endswith("\n"):
    sys.exit("no newline at the end")
helps, types, series, done = {}, {}, {}, set()
family = None
for n, line in enumerate(text[:-1].split("\n"), 1):
    m = re.fullmatch(r"# (HELP|TYPE) (%s) (.*)" % NAME, line)
    if m:
        kind, name, rest = m.groups()
        if name != family:
            if name in done or name in types:
                fail(n, "%s is not together" % name)
            if family is not None:
                done.add(family)
            family = name
        table = helps if kind == "HELP" else types
        if name in table:
            fail(n, "a second %s" % kind)
        if any(s.startswith(name + "{") or s == name for s in series):
            fail(n, "%s after its samples" % kind)
        if kind == "TYPE" and rest not in ("counter", "gauge", "histogram"):
            fail(n, "type %s" % rest)
        if kind == "HELP" and re.search(r"\\(?![\\n])", rest):
            fail(n, "help is not escaped")
        table[name] = rest
        continue
    m = re.fullmatch(r"(%s)(?:\{(.*)\})? (\S+)" % NAME, line)
    if not m:
        fail(n, "no sample: %r" % line)
    name, labels, value = m.groups()
    if labels is not None and not re.fullmatch(
            "(?:%s)(?:,%s)*" % (LABEL, LABEL), labels):
        fail(n, "labels: %r" % labels)
    labels = dict((a, b) for a, b in re.findall(LABEL, labels or ""))
    base = name
    if types.get(family) == "histogram":
        base = re.sub("_(bucket|sum|count)$", "", name)
        if base == name:
            fail(n, "no part of a histogram")
        if name.endswith("_bucket") != ("le" in labels):
            fail(n, "le")
    if base != family or base not in types or base not in helps:
        fail(n, "%s has no HELP and TYPE" % base)
    if not base.startswith("highwater_indexd_"):
        fail(n, "name %s" % base)
    if types[base] == "counter" and not base.endswith("_total"):
        fail(n, "a counter is called _total")
    if types[base] == "gauge" and base.endswith("_total"):
        fail(n, "a gauge is not called _total")
    if re.search("_(ms|us|milliseconds|kb|mb|minutes)(_|$)", base):
        fail(n, "no base unit")
    if types[base] == "histogram" and not base.endswith(BASE):
        fail(n, "no unit")
    value = float(value)
    if value < 0 or math.isnan(value):
        fail(n, "value")
    key = name + "".join("{%s=%s}" % kv for kv in sorted(labels.items()))
    if key in series:
        fail(n, "%s again" % key)
    series[key] = value
    if name.endswith("_bucket"):
        series.setdefault("buckets " + base, []).append(
            (float(labels["le"]), value))
    print(line)
for name in types:
    if types[name] != "histogram":
        continue
    buckets = series["buckets " + name]
    if buckets != sorted(buckets) or buckets[-1][0] != math.inf:
        sys.exit("%s: buckets" % name)
    if any(a[1] > b[1] for a, b in zip(buckets, buckets[1:])):
        sys.exit("%s: buckets go down" % name)
    if series[name + "_count"] != buckets[-1][1]:
        sys.exit("%s: count" % name)
    # What takes less than a microsecond adds nothing, as syncs of a tmpfs.
    if series[name + "_sum"] > 0 and series[name + "_count"] == 0:
        sys.exit("%s: sum" % name)
    if series[name + "_sum"] == 0 and buckets[0][1] != buckets[-1][1]:
        sys.exit("%s: no sum" % name)
if set(types) != set(helps):
    sys.exit("HELP and TYPE")
