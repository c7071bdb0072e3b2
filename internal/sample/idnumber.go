package sample

import (
	"fmt"
	"time"
)

// Each person has a slot of an area's number space of their own: a birth date
// of the 4,017 days from 1896 to 1906 and one of 490 pairs of sequence
// numbers, the odd one of which is a man's and the even one a woman's. None ends
// in 00: with a check character 0 that looks like a number which a spreadsheet cut.
const (
	birthDays = 4017
	pairs     = 490
	slots     = birthDays * pairs
	scatter   = 1_000_003 // has no factor in common with slots
)

// slot is a place in the number space: 0 <= slot < slots.
type slot uint64

// slotOf returns the slot of the serial-th person of the place-th of `places`
// communities that share an area. Two persons of one area and one seed share
// a slot only if serial*places grows beyond slots.
func slotOf(seed, serial uint64, place, places int) slot {
	at := (serial%slots*uint64(places) + uint64(place)) % slots
	return slot((at*scatter + seed%slots) % slots)
}

// day is the birth date, in days from 1 January 1896.
func (s slot) day() int { return int(s % birthDays) }

func (s slot) born() time.Time {
	return time.Date(1896, time.January, 1+s.day(), 0, 0, 0, 0, time.UTC)
}

// number returns the ID number (GB 11643) of the slot in an area of 6 digits.
func (s slot) number(area string, man bool) string {
	pair := int(s / birthDays)
	pair += pair / 49 // each fiftieth is left out
	sequence := 2*pair + 2
	if man {
		sequence--
	}
	digits := fmt.Sprintf("%s%s%03d", area, s.born().Format("20060102"), sequence)
	return digits + checkCharacter(digits)
}

// checkCharacter returns the last character of the number that begins with
// these 17 digits.
func checkCharacter(digits string) string {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return "10X98765432"[sum%11 : sum%11+1]
}
