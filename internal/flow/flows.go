package flow

// The procedures. Terms are those that the regulations of employment assistance name
// (Employment Promotion Law, articles 52 to 56; regulations on employment services,
// chapter 6) and the city's own where it has set some; a city publishes others by the names
// of the clocks.

// Names of flows: codes of the list `flow`.
const (
	Family       = "family"       // zero-employment and the other family cases
	Hardship     = "hardship"     // recognition of a person in hardship
	Registration = "registration" // registration as unemployed
	Benefit      = "benefit"      // benefits and subsidies
	Certificate  = "certificate"  // certificates that people hold
	Loan         = "loan"         // small loans

	Complaint     = "complaint"  // complaints, wage arrears and disputes
	Inspection    = "inspection" // inspections and spot checks
	FullCommunity = "community"  // fully employed communities
	Correction    = "correction" // requests for corrections
)

// Flows are the procedures by their names.
var Flows = map[string]*Flow{
	Family: &family, Hardship: &hardship, Registration: &registration, Benefit: &benefit,
	Certificate: &certificate, Loan: &loan,
	Complaint: &complaint, Inspection: &inspection, FullCommunity: &community, Correction: &correction,
}

// family: found or declared, checked at home, five days of public notice, confirmed by the
// street, filed by the district; from then on twenty days to one member at work, from the
// request one month to a second, and a visit each month until the work is stable.
var family = Flow{Name: Family, Kind: "family_step", States: []State{
	{Name: "DECLARED", Tiers: []int{Community}, Clocks: []Clock{{Name: "family_verify", Tier: Community, Term: Term{Working: 5}, Until: []string{"VERIFIED", "REJECTED", "WITHDRAWN"}}}},
	{Name: "FOUND", Clocks: []Clock{{Name: "family_verify", Tier: Community, Term: Term{Working: 5}, Until: []string{"VERIFIED", "REJECTED", "WITHDRAWN"}}}},
	{Name: "VERIFIED", From: []string{"DECLARED", "FOUND", "RETURNED", "RELAPSED"}, Tiers: []int{Community}, Clocks: []Clock{{Name: "family_notice", Tier: Community, Term: Term{Working: 5}, Until: []string{"PUBLIC_NOTICE", "STREET_CONFIRMED", "RETURNED", "REJECTED", "WITHDRAWN"}}}},
	{Name: "PUBLIC_NOTICE", From: []string{"VERIFIED", "RETURNED"}, Clocks: []Clock{{Name: "family_confirm", Tier: Street, After: Term{Days: 5}, Term: Term{Working: 7}, Until: []string{"STREET_CONFIRMED", "RETURNED", "REJECTED", "WITHDRAWN"}}}},
	{Name: "STREET_CONFIRMED", From: []string{"PUBLIC_NOTICE", "VERIFIED"}, Tiers: []int{Street, District, City}, Clocks: []Clock{
		{Name: "family_file", Tier: District, Term: Term{Working: 7}, Until: []string{"DISTRICT_FILED", "ASSISTING", "ONE_EMPLOYED", "RETURNED", "REJECTED", "WITHDRAWN"}},
		{Name: "family_one", Tier: Community, Term: Term{Days: 20}, Until: one}, monthly}},
	{Name: "DISTRICT_FILED", From: []string{"STREET_CONFIRMED"}, Tiers: []int{District, City}},
	{Name: "ASSISTING", From: []string{"STREET_CONFIRMED", "DISTRICT_FILED"}},
	{Name: "ONE_EMPLOYED", From: []string{"STREET_CONFIRMED", "DISTRICT_FILED", "ASSISTING", "RELAPSED"}, Tiers: []int{Community, Street}},
	{Name: "DUAL_PENDING", From: []string{"ONE_EMPLOYED"}, Clocks: []Clock{{Name: "family_two", Tier: Community, Term: Term{Months: 1}, Until: []string{"DUAL_EMPLOYED", "STABLE", "RELAPSED", "WITHDRAWN"}}}},
	{Name: "DUAL_EMPLOYED", From: []string{"ONE_EMPLOYED", "DUAL_PENDING"}, Tiers: []int{Community, Street}},
	{Name: "STABLE", From: []string{"ONE_EMPLOYED", "DUAL_PENDING", "DUAL_EMPLOYED"}, Ends: true},
	{Name: "RELAPSED", Aside: true, From: []string{"ONE_EMPLOYED", "DUAL_PENDING", "DUAL_EMPLOYED"}, Tiers: []int{Community, Street}, Clocks: []Clock{{Name: "family_one", Tier: Community, Term: Term{Days: 20}, Until: append([]string{"VERIFIED"}, one...)}}},
	{Name: "RETURNED", Aside: true, From: []string{"VERIFIED", "PUBLIC_NOTICE", "STREET_CONFIRMED", "DISTRICT_FILED"}, Tiers: []int{Street, District, City}, Clocks: []Clock{{Name: "family_mend", Tier: Community, Term: Term{Working: 5}, Until: []string{"VERIFIED", "PUBLIC_NOTICE", "REJECTED", "WITHDRAWN"}}}},
	{Name: "REJECTED", Aside: true, From: []string{"DECLARED", "FOUND", "VERIFIED", "PUBLIC_NOTICE", "STREET_CONFIRMED", "RETURNED"}, Ends: true},
	{Name: "WITHDRAWN", Aside: true, From: []string{"DECLARED", "FOUND", "VERIFIED", "PUBLIC_NOTICE", "STREET_CONFIRMED", "DISTRICT_FILED", "ASSISTING", "ONE_EMPLOYED", "DUAL_PENDING", "DUAL_EMPLOYED", "RELAPSED", "RETURNED"}, Ends: true},
}}

// one are the steps that say that a member is at work, or that nobody is sought any more.
var one = []string{"ONE_EMPLOYED", "DUAL_EMPLOYED", "STABLE", "RETURNED", "REJECTED", "WITHDRAWN"}

// monthly is the visit of each month, from the confirmation until the work is stable.
var monthly = Clock{Name: "family_visit", Tier: Community, Term: Term{Months: 1}, Each: true, Until: []string{"STABLE", "RETURNED", "REJECTED", "WITHDRAWN"}}

// hardship: asked, checked by the community, public notice of 3 to 7 working days,
// re-checked by the street, recognised by the district, each within 2 to 7 working days,
// and checked again each year until the person leaves.
var hardship = Flow{Name: Hardship, Kind: "hardship_step", States: []State{
	{Name: "asked", Tiers: []int{Community}, Clocks: []Clock{{Name: "hardship_check", Tier: Community, Term: Term{Working: 7}, Until: []string{"checked", "rejected", "left"}}}},
	{Name: "checked", From: []string{"asked", "returned"}, Tiers: []int{Community}, Clocks: []Clock{{Name: "hardship_notice", Tier: Community, Term: Term{Working: 2}, Until: []string{"notice", "rechecked", "returned", "rejected", "left"}}}},
	{Name: "notice", From: []string{"checked", "returned"}, Clocks: []Clock{{Name: "hardship_recheck", Tier: Street, After: Term{Working: 7}, Term: Term{Working: 7}, Until: []string{"rechecked", "returned", "rejected", "left"}}}},
	{Name: "rechecked", From: []string{"notice", "checked"}, Tiers: []int{Street}, Clocks: []Clock{{Name: "hardship_decide", Tier: District, Term: Term{Working: 7}, Until: []string{"recognised", "returned", "rejected", "left"}}}},
	{Name: "recognised", From: []string{"rechecked", "notice"}, Tiers: []int{District, City}, Clocks: []Clock{yearly}},
	{Name: "reviewed", From: []string{"recognised", "reviewed"}, Clocks: []Clock{yearly}},
	{Name: "returned", Aside: true, From: []string{"checked", "notice", "rechecked", "recognised"}, Tiers: []int{Street, District, City}, Clocks: []Clock{{Name: "hardship_mend", Tier: Community, Term: Term{Working: 7}, Until: []string{"checked", "notice", "rejected", "left"}}}},
	{Name: "rejected", Aside: true, From: []string{"asked", "checked", "notice", "rechecked", "returned"}, Ends: true},
	{Name: "left", Aside: true, From: []string{"asked", "checked", "notice", "rechecked", "recognised", "reviewed", "returned"}, Ends: true},
}}

// yearly is the check of each year of who is recognised.
var yearly = Clock{Name: "hardship_review", Tier: Community, Term: Term{Months: 12}, Until: []string{"reviewed", "returned", "left"}}

// registration: done within three working days after somebody asked, the first contact
// within five, then one each month; who is without contact for half a year, or has refused
// three times, is taken off.
var registration = Flow{Name: Registration, States: []State{
	{Name: "asked", Clocks: []Clock{{Name: "register", Tier: Community, Term: Term{Working: 3}, Until: []string{"registered", "deregistered"}}}},
	{Name: "registered", From: []string{"asked"}, Clocks: []Clock{
		{Name: "first_contact", Tier: Community, Term: Term{Working: 5}, Until: []string{"contacted", "deregistered"}},
		{Name: "no_contact", Tier: Community, Term: Term{Months: 6}, Each: true, Until: []string{"deregistered"}}}},
	{Name: "contacted", From: []string{"registered"}, Clocks: []Clock{{Name: "contact", Tier: Community, Term: Term{Months: 1}, Each: true, Until: []string{"deregistered"}}}},
	{Name: "deregistered", Aside: true, From: []string{"asked", "registered", "contacted"}, Ends: true},
}}

// benefit: applied for, through community, street and district, then paid.
var benefit = Flow{Name: Benefit, States: []State{
	{Name: "applied", Clocks: []Clock{{Name: "benefit_check", Tier: Community, Term: Term{Working: 7}, Until: []string{"community", "street", "district", "returned", "rejected"}}}},
	{Name: "community", From: []string{"applied", "returned"}, Clocks: []Clock{{Name: "benefit_street", Tier: Street, Term: Term{Working: 7}, Until: []string{"street", "district", "returned", "rejected"}}}},
	{Name: "street", From: []string{"applied", "community", "returned"}, Clocks: []Clock{{Name: "benefit_district", Tier: District, Term: Term{Working: 7}, Until: []string{"district", "returned", "rejected"}}}},
	{Name: "district", From: []string{"applied", "community", "street", "returned"}, Clocks: []Clock{{Name: "benefit_pay", Tier: District, Term: Term{Months: 3}, Until: []string{"paid", "stopped", "returned"}}}},
	{Name: "paid", From: []string{"district", "paid", "resumed"}},
	{Name: "returned", Aside: true, From: []string{"applied", "community", "street", "district"}, Clocks: []Clock{{Name: "benefit_mend", Tier: Community, Term: Term{Working: 7}, Until: []string{"community", "street", "district", "rejected"}}}},
	{Name: "stopped", Aside: true, From: []string{"district", "paid", "resumed"}},
	{Name: "resumed", Aside: true, From: []string{"stopped"}},
	{Name: "rejected", Aside: true, From: []string{"applied", "community", "street", "returned"}, Ends: true},
}}
