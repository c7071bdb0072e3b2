package webtest

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Form reads the form of an id on a page as a browser without script would send it, with
// the address it goes to.
func Form(t testing.TB, body, id string) (action string, values url.Values) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	values = url.Values{}
	var sheet *html.Node
	for n := range root.Descendants() {
		if attr(n, "id") == id {
			sheet = n
		}
	}
	if sheet == nil {
		t.Fatalf("no form on the page: %.400s", body)
	}
	for n := range sheet.Descendants() {
		name := attr(n, "name")
		kind := attr(n, "type")
		switch {
		case name == "" || n.Type != html.ElementNode || n.Data == "button":
		case n.Data == "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			values.Add(name, text)
		case n.Data == "select":
			for o := range n.Descendants() {
				if has(o, "selected") {
					values.Add(name, attr(o, "value"))
				}
			}
		case (kind == "radio" || kind == "checkbox") && !has(n, "checked"):
		case n.Data == "input":
			values.Add(name, attr(n, "value"))
		}
	}
	return attr(sheet, "action"), values
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
