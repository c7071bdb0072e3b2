// Package reports makes reports of what a directory's journal holds, and counts them
// again. A report is counted of the journal alone, unit by unit, up to the position of
// each stream that it names: never of the tables that answer questions, which move on. So
// whoever has the journal counts the same. DESIGN.md has the reasons.
package reports
