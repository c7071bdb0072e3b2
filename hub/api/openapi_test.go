package api_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tongbu/hub/api"
	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

const documentURL = "https://hub.example/openapi.json"

// described is the OpenAPI document of a port.
type described struct {
	t        testing.TB
	doc      map[string]any
	compiler *jsonschema.Compiler
}

func describedBy(p *port) *described {
	p.t.Helper()
	got := p.call(http.MethodGet, "/v1/openapi.json", "")
	if got.StatusCode != http.StatusOK {
		p.t.Fatalf("got %d %s", got.StatusCode, got.body)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
	must(p.t, err)
	d := &described{t: p.t, doc: doc.(map[string]any), compiler: jsonschema.NewCompiler()}
	for name, s := range d.doc["components"].(map[string]any)["schemas"].(map[string]any) {
		s := s.(map[string]any)
		if _, has := s["properties"]; has && s["additionalProperties"] == nil && !strings.HasPrefix(name, "row.") {
			s["additionalProperties"] = false // what an answer has stands in the document
		}
	}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	must(p.t, d.compiler.AddResource(documentURL, d.doc))
	return d
}

// at is a part of the document.
func (d *described) at(path ...string) any {
	var v any = d.doc
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// validate wants an answer to be as the document says.
func (d *described) validate(path, method, status string, got said) {
	d.t.Helper()
	kind, _, _ := strings.Cut(got.Header.Get("Content-Type"), ";")
	if d.at("paths", path, method, "responses", status, "content", kind) == nil {
		d.t.Errorf("%s %s: nothing is said of %s %s", method, path, status, kind)
		return
	}
	if !strings.HasSuffix(kind, "json") || strings.HasPrefix(kind, "application/x-") {
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	s, err := d.compiler.Compile(documentURL + "#/paths/" + escape.Replace(path) + "/" + method + "/responses/" + status + "/content/" + escape.Replace(kind) + "/schema")
	must(d.t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
	must(d.t, err)
	if err := s.Validate(v); err != nil {
		d.t.Errorf("%s %s: %s\n%v", method, path, clip(got.body), err)
	}
}

// TestOpenAPI: every path of the document answers as it says, whatever the answer has,
// and every path that answers is in it.
func TestOpenAPI(t *testing.T) {
	p := open(t)
	p.past = func(api.Looked) ([]api.Past, error) {
		return []api.Past{{At: "d/1", Actor: "李", Entered: "2026-01-01T00:00:00Z", Unit: "990101001001", Device: "d", State: "recorded", Fields: map[string]any{"name": nil, "n": int64(1 << 60)}}}, nil
	}
	p.watch = func(ctx context.Context, _ api.Watched, tell watch.Tell) error {
		return tell(ctx, watch.Changed{Columns: pageOf().Columns, Rows: pageOf().Rows, Gone: []change.RecordID{"g"}, Position: "p"})
	}
	d := describedBy(p)
	if v, _ := d.doc["openapi"].(string); !strings.HasPrefix(v, "3.1") {
		t.Errorf("it is OpenAPI %q", v)
	}
	replace := strings.NewReplacer("{kind}", "person", "{id}", "aaaaaaaaaaaaaaaa.p1", "{file}", "person.csv")
	for path, methods := range d.at("paths").(map[string]any) {
		for method := range methods.(map[string]any) {
			body := map[string]string{"get": "", "post": "{}"}[method]
			got := p.call(strings.ToUpper(method), replace.Replace(path), body)
			if got.StatusCode != http.StatusOK {
				t.Errorf("%s %s: got %d %s", method, path, got.StatusCode, clip(got.body))
				continue
			}
			d.validate(path, method, "200", got)
			d.validate(path, method, "default", p.do(p.web(), strings.ToUpper(method), replace.Replace(path), body))
		}
	}
	for _, path := range []string{"/v1/kinds/{kind}:query", "/v1/kinds/{kind}:count", "/v1/kinds/{kind}/records/{id}", "/v1/kinds/{kind}/records/{id}/history", "/v1/coverage",
		"/v1/schema", "/v1/schema/{kind}", "/v1/units", "/v1/indicators", "/v1/targets", "/v1/match/{kind}/{id}", "/v1/assessment", "/v1/stream/{kind}", "/v1/watch/{kind}", "/v1/files/{file}", "/v1/openapi.json"} {
		if d.at("paths", path) == nil {
			t.Errorf("%s is not in the document", path)
		}
	}
}

// TestOpenAPIAnswers: the least and the most that an answer has.
func TestOpenAPIAnswers(t *testing.T) {
	p := open(t)
	d := describedBy(p)
	whole, least := pageOf(), &question.Answer{Columns: pageOf().Columns, Coverage: question.Coverage{}}
	counts := &question.Answer{Columns: []question.Column{{Name: "sex", Type: question.Text}, {Name: "count", Type: question.Integer}},
		Rows: []question.Row{{change.Null, change.Int(1 << 60)}}, Coverage: covered(), NextPageToken: "x", Moved: true}
	for name, a := range map[string]*question.Answer{"whole": whole, "least": least, "counts": counts} {
		p.set(func(h *hub) {
			h.ask = func(context.Context, question.Question) (*question.Answer, error) { return a, nil }
		})
		if name != "counts" {
			d.validate("/v1/kinds/{kind}:query", "post", "200", p.call("POST", "/v1/kinds/person:query", "{}"))
			continue
		}
		d.validate("/v1/kinds/{kind}:count", "post", "200", p.call("POST", "/v1/kinds/person:count", `{"group_by":["sex"]}`))
	}
	for kind := fault.Internal; kind.Known(); kind++ {
		p.set(func(h *hub) {
			h.ask = func(context.Context, question.Question) (*question.Answer, error) { return nil, fault.New(kind, "x") }
		})
		d.validate("/v1/kinds/{kind}:query", "post", "default", p.call("POST", "/v1/kinds/person:query", "{}"))
	}
}

// TestOpenAPIDescribes: parameters and parts of bodies by the names that are taken, and
// a row of each kind.
func TestOpenAPIDescribes(t *testing.T) {
	p := open(t)
	d := describedBy(p)
	for _, k := range p.Kinds(p.tokens[[32]byte{}]) {
		properties, _ := d.at("components", "schemas", "row."+k.Name, "properties").(map[string]any)
		for _, f := range k.Fields {
			if properties[f.Name] == nil {
				t.Errorf("%s.%s is not described", k.Name, f.Name)
			}
		}
	}
	for path, methods := range d.at("paths").(map[string]any) {
		for method, op := range methods.(map[string]any) {
			query := []string{}
			parameters, _ := op.(map[string]any)["parameters"].([]any)
			for _, v := range parameters {
				v := v.(map[string]any)
				switch v["in"] {
				case "query":
					query = append(query, v["name"].(string))
				case "path":
					if !strings.Contains(path, "{"+v["name"].(string)+"}") {
						t.Errorf("%s has no part %v", path, v["name"])
					}
				}
			}
			for _, name := range query {
				if name != strings.ToLower(name) {
					t.Errorf("%s %s: %s is not spelt as answers are", method, path, name)
				}
			}
		}
	}
	eachRef(d.doc, func(ref string) {
		if d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...) == nil {
			t.Errorf("%s is referred to, and is not there", ref)
		}
	})
}

// eachRef tells what is referred to.
func eachRef(v any, tell func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for key, part := range v {
			if ref, ok := part.(string); ok && key == "$ref" {
				tell(ref)
			}
			eachRef(part, tell)
		}
	case []any:
		for _, part := range v {
			eachRef(part, tell)
		}
	}
}
