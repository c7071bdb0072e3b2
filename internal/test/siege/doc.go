// Package siege attacks the pages of a workstation over HTTP, as somebody does who has a
// browser, an account or none, and bad intentions. All of it is tests.
package siege
