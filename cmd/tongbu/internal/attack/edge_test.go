package attack_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/audit"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/node/socket"
)

// venom is a text that writes to a terminal: colours, title, clipboard, C1
// controls, a turned direction, hidden characters, a line of its own.
const venom = "张\x1b[31m\x1b]0;title\x07\x1b]52;c;ZXZpbA==\x1b\\\u009b2J\u202e\u2066\u200b\u2028\U000e0041\x7f\r\nok: clean"

// liar answers the command line as a process does whose hub lies: with venom in
// every text that it can choose.
func liar(t *testing.T, dir string) {
	t.Helper()
	listener, err := socket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var serving sync.WaitGroup
	serving.Go(func() { _ = socket.Serve(ctx, listener, lies()) })
	t.Cleanup(func() { stop(); serving.Wait() })
}

func lies() http.Handler {
	mux := http.NewServeMux()
	says := func(pattern string, answer any) {
		mux.HandleFunc(pattern, socket.Handle(func(*http.Request) (any, error) { return answer, nil }))
	}
	const column = "张\x1b]52;c;ZQ==\x07\u202e\u009b2J" // a name has 32 bytes at most
	row := json.RawMessage(`{` + quoted(column) + `:` + quoted(venom) + `,"=cmd|'/C calc'!A0":"＝1+2","plain":"\n=1+2"}`)
	says("POST /query", map[string]any{"rows": []any{row}, "coverage": map[string]any{"as_of": "2026-03-01T12:00:00Z", "silent": []any{map[string]any{"unit": venom, "since": "2026-03-01T12:00:00Z"}}}})
	mux.HandleFunc("POST /query/all", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "Tongbu-End")
		columns := `{"columns":[{"name":` + quoted(column) + `,"type":"text"},{"name":"=cmd|'/C calc'!A0","type":"text"},{"name":"plain","type":"text"}]}`
		end := `{"end":{"rows":1,"coverage":{"as_of":"2026-03-01T12:00:00Z","silent":[{"unit":` + quoted(venom) + `,"since":"2026-03-01T12:00:00Z"}]}}}`
		_, _ = io.WriteString(w, columns+"\n"+`{"rows":[`+string(row)+"]}\n"+end+"\n")
		w.Header().Set("Tongbu-End", `{"lines":3}`)
	})
	says("GET /status", map[string]any{"unit": venom, "name": venom, "tier": venom, "device": venom, "parent": map[string]any{"unit": venom, "address": venom, "error": venom},
		"children": []any{map[string]any{"unit": venom, "device": venom}}, "disk": map[string]any{"refuses": venom}})
	says("GET /devices", []any{map[string]any{"id": venom, "code": venom, "state": venom, "address": venom, "name": venom}})
	says("GET /verify", map[string]any{"ok": false, "problems": []string{venom}})
	says("GET /audit", []any{})
	says("POST /authority/rotate", map[string]any{"authority": venom})
	says("GET /get/person/x", map[string]any{"id": venom, "name": venom})
	mux.HandleFunc("GET /history/person/x", socket.Handle(func(*http.Request) (any, error) {
		return nil, fault.New(fault.Denied, "%s", venom).WithHint("%s", venom)
	}))
	return mux
}

func quoted(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON
	}
	return string(raw)
}

// wantPrintable finds what a terminal would act on, or hide.
func wantPrintable(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)) {
			t.Errorf("%s: %U reaches the terminal: %+q", what, r, text)
			return
		}
	}
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8: %q", what, text)
	}
}

func (w *world) terminals() map[string]func(*testing.T) {
	dir := w.mustDevice(w.t, kit.First).dir
	run := func(t *testing.T, args ...string) (out, talk string) {
		t.Helper()
		var wrote, said bytes.Buffer
		cmd := program.Command(t.Context(), append(args, "--dir", dir)...)
		cmd.Stdout, cmd.Stderr = &wrote, &said
		_ = cmd.Run() // some fail on purpose
		wantPrintable(t, args[0]+" to stdout", wrote.String())
		wantPrintable(t, args[0]+" to stderr", said.String())
		if !strings.Contains(wrote.String()+said.String(), "张") {
			t.Errorf("%v: the name is not shown: %q %q", args, wrote.String(), said.String())
		}
		return wrote.String(), said.String()
	}
	oneLine := func(t *testing.T, what, text string) {
		t.Helper()
		if strings.Contains(text, "\nok: clean") {
			t.Errorf("%s: a text made a line of its own: %q", what, text)
		}
	}
	return map[string]func(*testing.T){
		"a hub that lies to the command line": func(t *testing.T) {
			liar(t, dir)
			for _, args := range [][]string{{"query", "person"}, {"query", "person", "--all"}, {"status"}, {"devices"}, {"verify"}, {"history", "person", "x"}, {"authority", "rotate"}} {
				out, talk := run(t, args...)
				oneLine(t, args[0], out+talk)
			}
			for _, args := range [][]string{{"query", "person", "--json"}, {"query", "person", "--all", "--json"}, {"status", "--json"}, {"devices", "--json"}, {"verify", "--json"}, {"get", "person", "x"}} {
				if out, _ := run(t, args...); !json.Valid([]byte(out)) || !strings.Contains(out, `\u202e`) {
					t.Errorf("%v: no JSON, or another text: %s", args, out)
				}
			}
			for _, size := range [][]string{nil, {"--page-size", "9"}} {
				out, _ := run(t, append([]string{"query", "person", "--format", "csv"}, size...)...)
				wantNoFormulas(t, out)
			}
		},
		"a peer's text in a hub's log": func(t *testing.T) {
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Warn("the peer failed", "error", fault.New(fault.Denied, "%s", venom), "name", venom)
			wantPrintable(t, "log", log.String())
			if strings.Count(log.String(), "\n") != 1 {
				t.Errorf("a text broke the line: %q", log.String())
			}
		},
	}
}

// wantNoFormulas opens a CSV file as a spreadsheet does.
func wantNoFormulas(t *testing.T, out string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v: %q", err, out)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.ContainsRune("=+-@＝＋－＠\t\r\n", []rune(cell + " ")[0]) {
				t.Errorf("a spreadsheet would calculate %q", cell)
			}
		}
	}
}

// exposures are secrets that others on the computer could read.
func (w *world) exposures() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"a token in the list of processes": func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(w.token(t, kit.First, 0)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			mustCommand(t, "join", "--dir", filepath.Join(t.TempDir(), "device"), "--token-file", path, "--hub", "https://"+w.city.web)
		},
		"directories that others can write to": func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("modes say nothing here")
			}
			for _, path := range tier.SecretDirs(w.city.dir, config.Config{Keys: program.Keys()}) {
				info, err := os.Stat(path)
				if err == nil {
					err = os.Chmod(path, 0o777)
				}
				if err != nil {
					t.Fatal(err)
				}
				_, talk := command(t, "verify", "--dir", w.city.dir)
				if err := os.Chmod(path, info.Mode().Perm()); err != nil || strings.Count(talk, "warning: ") != 1 || !strings.Contains(talk, path) {
					t.Errorf("%s: got %q, %v", filepath.Base(path), talk, err)
				}
			}
			dir := filepath.Join(t.TempDir(), "device")
			if err := errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777), os.WriteFile(dir+".token", []byte(w.token(t, kit.First, 0)), 0o600)); err != nil {
				t.Fatal(err)
			}
			mustCommand(t, "join", "--dir", dir, "--token-file", dir+".token", "--hub", "https://"+w.city.web)
			if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("got %v, %v, want it closed to others", info.Mode(), err)
			}
		},
		"key files that others can read": func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("modes say nothing here")
			}
			code, talk := command(t, "verify", "--dir", w.city.dir)
			if code != 0 || strings.Contains(talk, "warning") {
				t.Errorf("got %d: %s", code, talk)
			}
			for _, path := range tier.SecretFiles(w.city.dir, config.Config{Keys: program.Keys()}) {
				if err := os.Chmod(path, 0o644); err != nil {
					t.Fatal(err)
				}
				_, talk := command(t, "verify", "--dir", w.city.dir)
				if err := os.Chmod(path, 0o600); err != nil || strings.Count(talk, "warning: ") != 1 || !strings.Contains(talk, path) {
					t.Errorf("%s: got %q, %v", filepath.Base(path), talk, err)
				}
			}
		},
	}
}

// made is an ID number that is made up.
const made = "420205189809275088"

// numbers are ID numbers put where they would stay in the clear.
func (w *world) numbers() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"as the name of a record": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			for _, object := range []string{`{"id":"` + made + `","name":"x"}`, `{"id":"p-` + made + `-1","name":"x"}`, `{"id":"420205980927508","name":"x"}`,
				`{"id":"420205-18980927-5088","name":"x"}`, `{"name":"x","household":"` + made + `"}`} {
				r, err := program.Run(t.Context(), strings.NewReader(object), "put", "--dir", d.dir, "person")
				if err != nil || fault.Kind(r.Code) != fault.Invalid || strings.Contains(r.Out+r.Err, made[6:14]) || strings.Contains(r.Out+r.Err, "980927") {
					t.Errorf("%s: got %d %q %q, %v", object, r.Code, r.Out, r.Err, err)
				}
			}
		},
		"in the audit log": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			q := question.Question{Kind: "person", Purpose: venom + made, Operator: made, Device: "aaaaaaaaaaaaaaaa", Select: []string{made, venom}}
			_, _ = askWith(t.Context(), d, w.city, q) // refused: no such field, and logged
			q.Select, q.GroupBy = nil, made+","+strings.Repeat("x,", 1000)
			_ = w.city.ask(http.MethodPost, "/query", q, new(any))
			met := 0
			for _, e := range w.auditLog(t) {
				text := e.Operator + e.Purpose + string(e.Via) + strings.Join(e.Fields, "")
				wantPrintable(t, "audit log", text)
				if strings.Contains(text, made) || len(text) > (audit.MaxFields+3)*audit.MaxText {
					t.Errorf("kept %d bytes: %.300q", len(text), text)
				}
				if strings.Contains(text, schema.Masked(made)) {
					met++
				}
			}
			if met != 2 {
				t.Errorf("%d of 2 look-ups are logged with a masked number", met)
			}
		},
	}
}

// auditLog is the whole audit log of the city.
func (w *world) auditLog(t *testing.T) (all []audit.Entry) {
	t.Helper()
	for {
		var page []audit.Entry
		if err := w.city.ask(http.MethodGet, "/audit?from="+strconv.Itoa(len(all)+1), nil, &page); err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}
