package words

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed data/zh/*.yaml
var files embed.FS

// catalogue is what the messages of one language are made from.
type catalogue struct {
	texts   map[string]string // English template to that of the language
	pattern []*pattern        // those with verbs, the most particular first
}

// chinese is read once; the files are part of the program, and a test reads them.
var chinese = sync.OnceValue(func() *catalogue {
	texts, err := load(files)
	if err != nil {
		return &catalogue{}
	}
	return build(texts)
})

// load reads all files; a template stands in one of them.
func load(from fs.FS) (map[string]string, error) {
	texts := map[string]string{}
	names, err := fs.Glob(from, "data/zh/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		part := map[string]string{}
		if err := yaml.UnmarshalWithOptions(raw, &part, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key := range part {
			if _, twice := texts[key]; twice {
				return nil, fmt.Errorf("%s: %q stands twice", name, key)
			}
		}
		maps.Copy(texts, part)
	}
	return texts, nil
}

func (l Language) catalogue() *catalogue {
	if l == Chinese {
		return chinese()
	}
	return &catalogue{}
}
