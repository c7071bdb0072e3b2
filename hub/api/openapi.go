package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	pb "tongbu/proto/tongbu/query/v1"
)

// serveOpenAPI describes the paths and, of each kind that the program may ask for, the
// rows.
func (s *service) serveOpenAPI(w http.ResponseWriter, r *http.Request) {
	raw, err := describe(s.hub.Kinds(programOf(r.Context())))
	if err != nil {
		writeProblem(w, statusOf(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw) // nobody to tell that to
}

type object = map[string]any

// describe is the generated document with what the contract's messages do not say: rows
// as objects by column, whole numbers that are numbers, problems, the streams, and how a
// program shows itself.
func describe(kinds []*schema.Kind) ([]byte, error) {
	var d object
	if err := json.Unmarshal(pb.OpenAPI, &d); err != nil {
		return nil, fault.As(fault.Internal, "read the description of the paths", err)
	}
	d = inWords(d).(object)
	d["info"] = object{"title": "Tongbu", "version": "1", "description": "Questions to the merged records of a city, and how complete each answer is."}
	d["security"] = []any{object{"token": []any{}}, object{"password": []any{}}}
	paths, components := d["paths"].(object), d["components"].(object)
	components["securitySchemes"] = object{
		"token":    object{"type": "http", "scheme": "bearer"},
		"password": object{"type": "http", "scheme": "basic", "description": "Any name, the token as the password: for spreadsheets."}}
	schemas := components["schemas"].(object)
	describeAnswers(schemas, kinds)
	for _, path := range paths {
		for _, method := range path.(object) {
			method.(object)["responses"].(object)["default"] = problemAnswer()
		}
	}
	describeStreams(paths)
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fault.As(fault.Internal, "write the description of the paths", err)
	}
	return raw, nil
}

// inWords has the names of properties and parameters as answers have them, and whole
// numbers as numbers.
func inWords(v any) any {
	switch v := v.(type) {
	case object:
		if v["type"] == "string" && (v["format"] == "int64" || v["format"] == "uint64") {
			number := object{"type": "integer"}
			if said, ok := v["description"]; ok {
				number["description"] = said
			}
			return number
		}
		out := object{}
		for key, value := range v {
			if properties, ok := value.(object); ok && key == "properties" {
				named := object{}
				for name, p := range properties {
					named[snake(name)] = inWords(p)
				}
				out[key] = named
				continue
			}
			if name, ok := value.(string); ok && key == "name" {
				value = snake(name)
			}
			out[key] = inWords(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = inWords(v[i])
		}
		return out
	}
	return v
}

func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

const (
	packageName = "tongbu.query.v1."
	schemasPath = "#/components/schemas/"
)

func ref(name string) object { return object{"$ref": schemasPath + name} }

// describeAnswers puts in the answers that are written otherwise than as their messages.
func describeAnswers(schemas object, kinds []*schema.Kind) {
	rows := []any{}
	for _, k := range kinds {
		schemas["row."+k.Name] = rowSchema(k)
		rows = append(rows, ref("row."+k.Name))
	}
	schemas["row.count"] = object{"type": "object", "description": "The values that are counted by, and how many.", "properties": object{"count": object{"type": "integer"}}, "required": []any{"count"}}
	anyRow := object{"anyOf": append(rows, ref("row.count"))}
	coverage := ref(packageName + "Completeness")
	of := func(required string, properties object) object {
		properties["coverage"] = coverage
		return object{"type": "object", "properties": properties, "required": []any{required, "coverage"}, "additionalProperties": false}
	}
	page := object{"rows": object{"type": "array", "items": anyRow}, "next_page_token": object{"type": "string"}, "total": object{"type": "integer"}, "moved": object{"type": "boolean"}}
	schemas[packageName+"QueryResponse"], schemas[packageName+"CountResponse"] = of("rows", page), of("rows", page)
	schemas[packageName+"GetRecordResponse"] = of("record", object{"record": anyRow})
	schemas[packageName+"HistoryResponse"] = of("changes", object{"changes": object{"type": "array", "items": ref(packageName + "Past")}})
	schemas[packageName+"IndicatorsResponse"] = of("rows", object{"on": object{"type": "string"}, "rows": object{"type": "array", "items": ref(packageName + "Figure")}})
	if figure, ok := schemas[packageName+"Figure"].(object); ok {
		properties := figure["properties"].(object)
		properties["denominator"] = object{"type": []any{"integer", "null"}, "description": "null: it is a count."}
		properties["value"] = object{"type": []any{"number", "null"}, "description": "The share, rounded to four places, or what is counted; null: a share of nobody."}
	}
	schemas[packageName+"TargetsResponse"] = of("rows", object{"on": object{"type": "string"}, "rows": object{"type": "array", "items": ref(packageName + "Target")}, "people": object{"type": "array", "items": ref(packageName + "Answerable")}})
	schemas[packageName+"AssessResponse"] = of("rows", object{"on": object{"type": "string"}, "rows": object{"type": "array", "items": ref(packageName + "Assessed")}})
	schemas[packageName+"MatchResponse"] = of("rows", object{"looked": object{"type": "integer"}, "cut": object{"type": "boolean"}, "rows": object{"type": "array", "items": ref(packageName + "Match")}})
	orNull(schemas[packageName+"Assessed"], "numerator", "denominator", "value", "communities", "passed", "open", "share_target")
	orNull(schemas[packageName+"Target"], "done", "denominator", "share", "parts_sum", "parts_difference")
	if past, ok := schemas[packageName+"Past"].(object); ok {
		past["properties"].(object)["fields"] = object{"type": "object", "description": "The fields it set; null: emptied."}
	}
	delete(schemas, packageName+"Row")
	delete(schemas, packageName+"Column")
	delete(schemas, packageName+"Type")
	delete(schemas, "google.rpc.Status")
	schemas["problem"] = object{"type": "object", "description": "RFC 9457", "required": []any{"type", "title", "status", "detail", "kind"}, "properties": object{
		"type": object{"type": "string"}, "title": object{"type": "string"}, "status": object{"type": "integer"}, "detail": object{"type": "string"},
		"kind": object{"type": "string", "description": "invalid, not-found, denied, unavailable, busy, full, exhausted, unsupported, canceled or internal"}, "hint": object{"type": "string"}}}
}

// orNull says of properties that they are null where a message does not have them.
func orNull(schema any, names ...string) {
	of, ok := schema.(object)
	if !ok {
		return
	}
	for _, name := range names {
		p := of["properties"].(object)[name].(object)
		p["type"] = []any{p["type"], "null"}
	}
}

// rowSchema describes a row of a kind: whatever is not asked for, or not there, is not in
// it, or null.
func rowSchema(k *schema.Kind) object {
	properties := object{"id": object{"type": "string"}}
	for _, f := range k.Fields {
		p := object{"type": []any{jsonType(f), "null"}, "description": f.Label.Zh + " / " + f.Label.En}
		if jsonType(f) == "array" {
			p["items"] = object{"type": "string"}
		}
		properties[f.Name] = p
	}
	return object{"type": "object", "description": k.Label.Zh + " / " + k.Label.En, "properties": properties}
}

func jsonType(f *schema.Field) string {
	switch f.Type {
	case schema.Integer, schema.Money, schema.Time:
		return "integer"
	case schema.Boolean:
		return "boolean"
	case schema.Codes:
		return "array"
	}
	return "string"
}

func problemAnswer() object {
	return object{"description": "A failure.", "content": object{"application/problem+json": object{"schema": ref("problem")}}}
}

// describeStreams adds the paths that the gateway does not serve.
func describeStreams(paths object) {
	kind := object{"name": "kind", "in": "path", "required": true, "schema": object{"type": "string"}}
	lines := object{linesType: object{"schema": object{"type": "string"}}}
	file := object{linesType: lines[linesType], csvType: object{"schema": object{"type": "string"}}}
	post := func(summary string, body object, content object) object {
		return object{"post": object{"tags": []any{"QueryService"}, "summary": summary, "parameters": []any{kind},
			"requestBody": object{"content": object{"application/json": object{"schema": object{"type": "object", "properties": body}}}},
			"responses":   object{"200": object{"description": "The rows.", "content": content}, "default": problemAnswer()}}}
	}
	text, texts, yes := object{"type": "string"}, object{"type": "array", "items": object{"type": "string"}}, object{"type": "boolean"}
	paths["/v1/stream/{kind}"] = post("All rows of one moment, as JSON Lines or, if that is accepted first, CSV.",
		object{"filter": text, "order_by": text, "select": texts, "group_by": texts, "labels": yes, "scope": text, "purpose": text}, file)
	paths["/v1/watch/{kind}"] = post("What has changed since a position, a line of JSON for each part.",
		object{"position": text, "filter": text, "select": texts, "scope": text, "purpose": text, "until_now": yes}, lines)
	asked := []any{object{"name": "file", "in": "path", "required": true, "description": "KIND.csv or KIND.ndjson", "schema": text}}
	for _, name := range []string{"filter", "order_by", "select", "group_by", "labels", "scope", "purpose"} {
		asked = append(asked, object{"name": name, "in": "query", "schema": text})
	}
	paths["/v1/files/{file}"] = object{"get": object{"tags": []any{"QueryService"}, "summary": "All rows, asked for by an address alone, as a spreadsheet does.", "parameters": asked,
		"responses": object{"200": object{"description": "The rows.", "content": file}, "default": problemAnswer()}}}
	paths["/v1/openapi.json"] = object{"get": object{"tags": []any{"QueryService"}, "summary": "This description.",
		"responses": object{"200": object{"description": "OpenAPI 3.1", "content": object{"application/json": object{"schema": object{"type": "object"}}}}, "default": problemAnswer()}}}
}
