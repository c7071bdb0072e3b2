// Package pages is the shell of all pages for people: layout, assets, languages,
// sessions, guards, forms made from the schema, tables, charts. It knows what a page
// looks like and nothing of what is on it: packages web of a node and of a hub fill
// it.
//
// Every text of a template is a pair, {{tr "今日" "Today"}}, so that both languages
// are read and changed in one place; messages that were made elsewhere are turned by
// package words.
package pages
