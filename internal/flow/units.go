package flow

// The procedures of what is about an employer or a unit.

// tiersAbove are those that take complaints and inspect.
var tiersAbove = []int{Street, District, City}

// complaint: received and accepted, perhaps handed on or mediated, ruled and closed within
// sixty days. Whose it is follows from who has it.
var complaint = Flow{Name: Complaint, Kind: "complaint_step", Prefix: "rights_", States: []State{
	{Name: "received", Tiers: tiersAbove, Clocks: []Clock{{Name: "complaint", Tier: Street, Term: Term{Days: 60}, Until: []string{"closed"}}}},
	{Name: "accepted", From: []string{"received", "handed_on"}, Tiers: tiersAbove},
	{Name: "handed_on", Aside: true, From: []string{"received", "accepted", "mediated"}, Tiers: tiersAbove},
	{Name: "mediated", From: []string{"received", "accepted", "handed_on"}, Tiers: tiersAbove},
	{Name: "ruled", From: []string{"accepted", "handed_on", "mediated"}, Tiers: tiersAbove},
	{Name: "closed", From: []string{"received", "accepted", "handed_on", "mediated", "ruled"}, Tiers: tiersAbove, Ends: true},
}}

// inspection: drawn, carried out, ordered to be mended, answered by whoever was inspected,
// and closed.
var inspection = Flow{Name: Inspection, Kind: "inspection_step", Prefix: "check_", States: []State{
	{Name: "drawn", Tiers: tiersAbove, Clocks: []Clock{{Name: "inspect_find", Tier: Street, Term: Term{Days: 15}, Until: []string{"found", "ordered", "closed"}}}},
	{Name: "found", From: []string{"drawn"}, Tiers: tiersAbove, Clocks: []Clock{{Name: "inspect_order", Tier: Street, Term: Term{Days: 15}, Until: []string{"ordered", "closed"}}}},
	{Name: "ordered", From: []string{"drawn", "found", "answered"}, Tiers: tiersAbove, Clocks: []Clock{{Name: "inspect_answer", Tier: Community, Term: Term{Days: 15}, Until: []string{"answered", "closed"}}}},
	{Name: "answered", From: []string{"ordered"}, Clocks: []Clock{{Name: "inspect_close", Tier: Street, Term: Term{Days: 15}, Until: []string{"ordered", "closed"}}}},
	{Name: "closed", From: []string{"drawn", "found", "ordered", "answered"}, Tiers: tiersAbove, Ends: true},
}}

// community: a community of full employment applies, is checked by the street, assessed by
// the district and recognised; it is spot-checked each year, has thirty days to rectify, and
// may lose the title.
var community = Flow{Name: FullCommunity, Kind: "community_step", Prefix: "full_", States: []State{
	{Name: "applied", Tiers: []int{Community}, Clocks: []Clock{{Name: "full_street", Tier: Street, Term: Term{Working: 15}, Until: []string{"street", "refused"}}}},
	{Name: "street", From: []string{"applied"}, Tiers: []int{Street}, Clocks: []Clock{{Name: "full_assess", Tier: District, Term: Term{Working: 15}, Until: []string{"assessed", "refused"}}}},
	{Name: "assessed", From: []string{"street"}, Tiers: []int{District}, Clocks: []Clock{{Name: "full_recognise", Tier: District, Term: Term{Working: 15}, Until: []string{"recognised", "refused"}}}},
	{Name: "recognised", From: []string{"assessed"}, Tiers: []int{District, City}, Clocks: []Clock{spotCheck}},
	{Name: "spot", From: []string{"recognised", "spot", "rectifying", "rectified"}, Tiers: tiersAbove, Clocks: []Clock{spotCheck}},
	{Name: "rectifying", Aside: true, From: []string{"recognised", "spot", "rectified"}, Tiers: tiersAbove, Clocks: []Clock{{Name: "full_rectify", Tier: Community, Term: Term{Days: 30}, Until: []string{"rectified", "spot", "revoked"}}}},
	{Name: "rectified", Aside: true, From: []string{"rectifying"}, Tiers: []int{Community}, Clocks: []Clock{{Name: "full_recheck", Tier: District, Term: Term{Working: 15}, Until: []string{"spot", "rectifying", "revoked"}}}},
	{Name: "refused", Aside: true, From: []string{"applied", "street", "assessed"}, Tiers: tiersAbove, Ends: true},
	{Name: "revoked", Aside: true, From: []string{"recognised", "spot", "rectifying", "rectified"}, Tiers: []int{District, City}, Ends: true},
}}

// spotCheck is that of each year.
var spotCheck = Clock{Name: "full_yearly", Tier: District, Term: Term{Months: 12}, Until: []string{"spot", "rectifying", "revoked"}}

// correction: asked by a unit above, answered by whoever holds the record; when nobody does in
// time, whoever asked is told.
var correction = Flow{Name: Correction, Kind: "correction_answer", Prefix: "fix_", States: []State{
	{Name: "asked", Tiers: tiersAbove, Clocks: []Clock{{Name: "correction", Tier: Community, Term: Term{Days: 15}, Until: corrected}, {Name: CorrectionLate, Tier: Street, Term: Term{Days: 15}, Until: corrected}}},
	{Name: "done", From: []string{"asked"}, Ends: true},
	{Name: "declined", Aside: true, From: []string{"asked"}, Ends: true},
	{Name: "overtaken", Aside: true, From: []string{"asked"}, Ends: true},
}}

var corrected = []string{"done", "declined", "overtaken"}

// CorrectionLate is the clock of whoever asked: a task only when the other one has run out.
const CorrectionLate = "correction_late"
