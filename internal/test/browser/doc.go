// Package browser uses the pages of a workstation as people do: in a real browser, with
// the real program behind it and a line that can be cut. All of it is tests; they are
// skipped where there is no Chromium.
package browser
