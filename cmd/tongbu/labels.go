package main

import (
	"strings"

	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/operate"
)

// named has the names of codes in the language of messages, where that is not the one in
// which an answer brings them; nil: it is. What the city has added is named as the answer
// does.
func (a *app) named(kind string) func(column, codes string) string {
	if a.lang == words.Chinese {
		return nil
	}
	kinds, err := operate.SchemaOf(nil)
	if err != nil {
		return nil // the program's own is read by a test
	}
	k, known := kinds.Kind(kind)
	if !known {
		return nil
	}
	return func(column, codes string) string {
		f, known := k.Field(column)
		if !known || f.List() == nil {
			return ""
		}
		return a.namesOf(f.List(), codes)
	}
}

// namesOf are the names of the codes of a cell; "" where one has none.
func (a *app) namesOf(list *schema.CodeList, codes string) string {
	var all []string
	for _, code := range strings.Split(codes, ";") {
		item, known := list.Item(strings.TrimSpace(code))
		if !known {
			return ""
		}
		all = append(all, a.labelOf(item.Label()))
	}
	return strings.Join(all, "; ")
}
