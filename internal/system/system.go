// Package system holds the program's own kinds: records that the program
// itself writes and acts on. Each is one type, read from a merged record and
// turned into the fields of a change, so that every tier reads it alike. The
// package is pure: no clock, no socket, no file.
package system
