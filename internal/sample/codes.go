package sample

import "strings"

// Items of the code lists of internal/schema that stand for something here.
const (
	sexMan, sexWoman                          = "1", "2"            // GB/T 2261.1
	unmarried, married                        = "10", "20"          // GB/T 2261.2
	disabled                                  = "64"                // GB/T 2261.3
	uygur                                     = "05"                // GB/T 3304
	working, retired, jobless, workingAway    = "1", "2", "9", "11" // status of a person
	longUnemployed, disabledPerson            = "040", "060"        // hardship
	resettled                                 = "4"                 // housing
	bothLaidOff, zeroEmployment, singleParent = "01", "02", "03"    // kind of household
)

// Relations to the head of a household, GB/T 4761.
const (
	head, husband, wife = "02", "11", "12"
	son, daughter       = "20", "30"
	father, mother      = "51", "52"
)

// Lists to draw from: what is common stands in them more than once.
var (
	nationalities     = strings.Fields("01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 15 06 03")
	hukous            = strings.Fields("11 11 11 11 21 12 50")
	educations        = strings.Fields("70 71 81 61 61 41 44 47 30 20 14")
	politics          = strings.Fields("13 13 13 13 13 03 01")
	healths           = strings.Fields("1 1 1 1 1 2 2 3")
	answers           = strings.Fields("1 1 1 0 9")
	housings          = strings.Fields("1 1 1 1 2 3 4 5")
	hardships         = strings.Fields("010 020 030 050 080")
	widowedOrDivorced = strings.Fields("30 30 40")
	skills            = strings.Fields("电工 焊工 缝纫 烹饪 家政 驾驶 美发 木工 育婴 计算机操作")
)

// statuses by generation.
var statuses = [...][]string{
	parents:  strings.Fields("2 2 2 2 5 7"),
	heads:    strings.Fields("1 1 1 1 1 2 9 9 5 7 11"),
	children: strings.Fields("10 10 10 1 1 1 9 4 11"),
}
