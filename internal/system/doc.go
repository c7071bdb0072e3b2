// Package system holds the program's own kinds of record, which no person
// writes: units, devices, the city's refusals, heads of audit logs. Each is one
// type, read from a record and turned into fields here and nowhere else.
package system
