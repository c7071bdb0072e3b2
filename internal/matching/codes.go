package matching

import "tongbu/internal/schema"

// Codes that the rules speak of. The lists they are of stand in the schema.
const (
	male, female = "1", "2" // GB/T 2261.1, and of sex_wanted
	yes, no      = "1", "0" // list wish

	noInsurance, allFive, someKinds, withSubsidy = "0", "1", "2", "3" // insurance_offer

	noBoard = "0" // board

	filled, expired, withdrawn = "3", "4", "5" // vacancy_state
)

// openStates are those of vacancies that still take people.
var openStates = []string{"1", "2"}

// publicSources are the sources of public-interest posts.
var publicSources = []string{"02", "05"}

const occupationList = "occupation"

// groupOf is the group of an occupation: the item below a major group that it is or
// stands below; of a major group itself that.
func groupOf(list *schema.CodeList, item schema.Item) string {
	for item.Parent != "" {
		above, known := list.Item(item.Parent)
		if !known || above.Parent == "" {
			break
		}
		item = above
	}
	return item.Code
}

// educationLevel is how far each education goes. “Other” is no level.
var educationLevel = map[string]int{
	"10": 6, "11": 6, "14": 6, "20": 5, "30": 4,
	"40": 3, "41": 3, "44": 3, "47": 3, "61": 3,
	"70": 2, "71": 2, "81": 1,
}

// educationNeeded is the level that a vacancy asks for; 0: none, as “junior high school
// or below” takes everybody.
func educationNeeded(code string) int {
	if code == "70" {
		return 0
	}
	return educationLevel[code]
}
