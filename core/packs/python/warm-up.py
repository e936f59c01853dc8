# Run once while the pack is built, so that what most programs touch first is already there in the
# snapshot. Must leave nothing behind: what it defines is taken back before the snapshot, and what it
# computes depends on neither clock nor chance.
import asyncio, collections, dataclasses, datetime, json, re, traceback


@dataclasses.dataclass
class Shape:
    name: str
    size: float = 2.0

    @property
    def area(self):
        return self.size**2


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


async def later(value):
    await asyncio.sleep(0)
    return value


record = {"text": "a\u00e9\U0001f980", "list": [1, 2.5, None, True], "nested": {"area": Shape("s").area}}
copied = json.loads(json.dumps(record))
words = re.findall(r"\w+", "the quick brown fox".title())
counts = collections.Counter(len(word) for word in words)
moment = datetime.datetime.fromtimestamp(0, datetime.timezone.utc).isoformat()
try:
    {}["nothing"]
except KeyError as error:
    text = "".join(traceback.format_exception(error))
print(f"{len(words)} {fib(10)} {2**64} {moment:>30}", end="")
[await later(1), sorted(counts), f"{len(text) > 0}", {1, 2}, (b"x" * 3)]
