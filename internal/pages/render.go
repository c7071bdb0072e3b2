package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tongbu/internal/fault"
	"tongbu/internal/words"
)

//go:embed templates
var shellFiles embed.FS

// Shell holds the templates of a site. A page is parsed for a language when somebody asks
// for it first: all those of a station in both take 15 MB, and most stations read one.
type Shell struct {
	assets *assets
	bases  map[words.Language]*template.Template // never shown: that would close them to more
	pages  map[string]source

	mutex  sync.Mutex // guards parsed, and the bases while they are copied
	parsed map[inLanguage]*template.Template
}

// source is where a page's templates are.
type source struct {
	files fs.FS
	paths []string
}

// inLanguage is a page in a language.
type inLanguage struct {
	page string
	lang words.Language
}

// Languages are those that pages are made in.
var Languages = []words.Language{words.Chinese, words.English}

// New makes a shell with the templates that all pages share; funcs are more functions
// for them, and may be nil.
func New(funcs template.FuncMap) (*Shell, error) {
	all, err := loadAssets()
	if err != nil {
		return nil, fault.Wrap("read the assets", err)
	}
	s := &Shell{assets: all, bases: map[words.Language]*template.Template{}, pages: map[string]source{}, parsed: map[inLanguage]*template.Template{}}
	for _, l := range Languages {
		base := template.New("").Funcs(s.functions(l)).Funcs(funcs)
		if base, err = base.ParseFS(shellFiles, "templates/*.html"); err != nil {
			return nil, fault.Wrap("parse the shell", err)
		}
		s.bases[l] = base
	}
	return s, s.Add("", shellFiles, "templates/pages")
}

// Add adds the pages of a room: each file NAME.html in dir defines the templates "title"
// and "main" and becomes page ROOM/NAME (NAME alone for the shell's own). Files whose
// names begin with an underscore are shared by the room's pages.
func (s *Shell) Add(room string, files fs.FS, dir string) error {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return fault.Wrap("read the pages", err)
	}
	var shared, own []string
	for _, e := range entries {
		at := path.Join(dir, e.Name())
		switch {
		case e.IsDir() || path.Ext(at) != ".html":
		case strings.HasPrefix(e.Name(), "_"):
			shared = append(shared, at)
		default:
			own = append(own, at)
		}
	}
	for _, at := range own {
		s.pages[path.Join(room, strings.TrimSuffix(path.Base(at), ".html"))] = source{files, append(slices.Clone(shared), at)}
	}
	return nil
}

// page is a page in a language.
func (s *Shell) page(name string, l words.Language) (*template.Template, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key := inLanguage{name, l}
	if t := s.parsed[key]; t != nil {
		return t, nil
	}
	from, known := s.pages[name]
	if !known || s.bases[l] == nil {
		return nil, fmt.Errorf("no page %q in %q", name, l)
	}
	t, err := s.bases[l].Clone()
	if err == nil {
		t, err = t.ParseFS(from.files, from.paths...)
	}
	if err != nil {
		return nil, fault.Wrap("parse "+name, err)
	}
	s.parsed[key] = t
	return t, nil
}

// Check parses all pages in all languages.
func (s *Shell) Check() error {
	for name := range s.pages {
		for _, l := range Languages {
			if _, err := s.page(name, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// Write answers with a page. It is made whole before the first byte is sent: what goes
// wrong in the middle is an error and no half page.
func (s *Shell) Write(w http.ResponseWriter, status int, name string, p *Page) error {
	return s.write(w, status, name, p.layout(), p.Lang, p)
}

// WriteShard answers with one template of a page, for what is put in place without the
// rest of it.
func (s *Shell) WriteShard(w http.ResponseWriter, name, shard string, l words.Language, data any) error {
	return s.write(w, http.StatusOK, name, shard, l, data)
}

func (s *Shell) write(w http.ResponseWriter, status int, name, root string, l words.Language, data any) error {
	t, err := s.page(name, l)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, root, data); err != nil {
		return fault.Wrap("make a page", err)
	}
	announce(w, l)
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // who asked may have gone
	return nil
}

func announce(w http.ResponseWriter, l words.Language) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(l))
}

// Assets answers with the files that pages ask for, at AssetPath.
func (s *Shell) Assets() http.Handler { return s.assets }

// functions are those of the templates of one language.
func (s *Shell) functions(l words.Language) template.FuncMap {
	all := template.FuncMap{
		"asset": func(name string) (string, error) {
			at, known := s.assets.names[name]
			if !known {
				return "", fmt.Errorf("no asset %q", name)
			}
			return at, nil
		},
		"tr":   func(zh, en string) string { return Text{zh, en}.In(l) },
		"text": func(t Text) string { return t.In(l) },
		"lang": func() string { return map[words.Language]string{words.Chinese: "zh-CN", words.English: "en"}[l] },
		"line": l.Line,
		"dict": dict,
	}
	maps.Copy(all, setting(l))
	return all
}

// dict makes the data of a template that takes several: name, value, name, value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d arguments", len(pairs))
	}
	all := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: argument %d is no name", i)
		}
		all[name] = pairs[i+1]
	}
	return all, nil
}
