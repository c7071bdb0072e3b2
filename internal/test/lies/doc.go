// Package lies asks of whole tiers whether whose a record is decides what everybody
// sees of it: devices that have joined say what they may not, and all tiers answer
// about the records of others as if they had not. There are only tests here.
package lies
