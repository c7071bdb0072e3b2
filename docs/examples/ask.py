"""Asks the city who was found without work, with Python's standard library alone.
CITY is https://HOST:PORT, TOKEN and CA are files."""
import json, os, ssl, sys, urllib.error, urllib.request

trust = ssl.create_default_context(cafile=os.environ["CA"])
token = open(os.environ["TOKEN"]).read().strip()


def ask(path, question):
    request = urllib.request.Request(os.environ["CITY"] + path, json.dumps(question).encode(),
                                     {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    try:
        return urllib.request.urlopen(request, context=trust)
    except urllib.error.HTTPError as failed:
        problem = json.load(failed)
        sys.exit(f"{problem['kind']}: {problem['detail']} ({problem.get('hint', '')})")


question = {"filter": 'status = "9"', "select": ["id", "name", "street"], "page_size": 2}
while True:
    page = json.load(ask("/v1/kinds/person:query", question))
    for row in page["rows"]:
        print(json.dumps(row, ensure_ascii=False))
    if "next_page_token" not in page:
        break
    question["page_token"] = page["next_page_token"]

for name in ("page_size", "page_token"):
    question.pop(name, None)
lines = [json.loads(line) for line in ask("/v1/stream/person", question)]
end = lines.pop()["end"]  # a stream without it was cut
print(end["rows"], "rows, as of", end["coverage"]["as_of"], file=sys.stderr)
