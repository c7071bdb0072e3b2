package flow

// certificate: asked for, checked, issued, checked each year; lost and issued again, frozen
// and resumed, until it is withdrawn.
var certificate = Flow{Name: Certificate, Kind: "certificate_step", Prefix: "cert_", States: []State{
	{Name: "asked", Clocks: []Clock{{Name: "cert_check", Tier: Street, Term: Term{Working: 7}, Until: []string{"checked", "issued", "rejected"}}}},
	{Name: "checked", From: []string{"asked"}, Clocks: []Clock{{Name: "cert_issue", Tier: Street, Term: Term{Working: 7}, Until: []string{"issued", "rejected"}}}},
	{Name: "issued", From: []string{"asked", "checked"}, Clocks: []Clock{yearlyCheck}},
	{Name: "yearly", From: []string{"issued", "yearly", "reissued", "resumed"}, Clocks: []Clock{yearlyCheck}},
	{Name: "lost", Aside: true, From: []string{"issued", "yearly", "reissued", "resumed"}, Clocks: []Clock{{Name: "cert_reissue", Tier: Street, Term: Term{Working: 7}, Until: []string{"reissued", "frozen", "withdrawn"}}}},
	{Name: "reissued", Aside: true, From: []string{"lost"}},
	{Name: "frozen", Aside: true, From: []string{"issued", "yearly", "lost", "reissued", "resumed"}, Clocks: []Clock{{Name: "cert_thaw", Tier: Street, Term: Term{Months: 12}, Until: []string{"resumed", "withdrawn"}}}},
	{Name: "resumed", Aside: true, From: []string{"frozen"}, Clocks: []Clock{yearlyCheck}},
	{Name: "rejected", Aside: true, From: []string{"asked", "checked"}, Tiers: []int{Street, District, City}, Ends: true},
	{Name: "withdrawn", Aside: true, From: []string{"issued", "yearly", "lost", "reissued", "frozen", "resumed"}, Ends: true},
}}

// yearlyCheck is the check of a certificate each year; nobody checks one that is frozen.
var yearlyCheck = Clock{Name: "cert_yearly", Tier: Community, Term: Term{Months: 12}, Until: []string{"yearly", "frozen", "withdrawn"}}

// loan: asked for, examined, granted by the district, paid out and followed each quarter
// until it is repaid. When an instalment is due is said by the loan and its steps.
var loan = Flow{Name: Loan, Kind: "loan_step", Prefix: "loan_", States: []State{
	{Name: "asked", Clocks: []Clock{{Name: "loan_examine", Tier: Street, Term: Term{Working: 7}, Until: []string{"examined", "granted", "paid", "refused"}}}},
	{Name: "examined", From: []string{"asked"}, Tiers: []int{Community, Street, District}, Clocks: []Clock{{Name: "loan_grant", Tier: District, Term: Term{Working: 7}, Until: []string{"granted", "paid", "refused"}}}},
	{Name: "granted", From: []string{"asked", "examined"}, Tiers: []int{District, City}, Clocks: []Clock{{Name: "loan_pay", Tier: District, Term: Term{Working: 7}, Until: []string{"paid", "refused"}}}},
	{Name: "paid", From: []string{"granted"}, Clocks: []Clock{{Name: "loan_follow", Tier: Community, Term: Term{Months: 3}, Each: true, Until: []string{"repaid"}}}},
	{Name: "followed", From: []string{"paid", "followed", "overdue"}},
	{Name: "repaid", From: []string{"paid", "followed", "overdue"}, Ends: true},
	{Name: "overdue", Aside: true, From: []string{"paid", "followed"}},
	{Name: "refused", Aside: true, From: []string{"asked", "examined", "granted"}, Tiers: []int{Street, District, City}, Ends: true},
}}

// Instalment is the clock of the next instalment of a loan: its day is not reckoned from a
// step, but said.
var Instalment = Clock{Name: "loan_overdue", Tier: Community, Until: []string{"repaid"}}
