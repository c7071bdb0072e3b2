package rulepack

// The kinds of packs, as codes of the list pack_kind. Others, and what has no kind, say
// nothing that the program acts on.
const (
	CommunityKind = "1"
	BestKind      = "2"
	ClearKind     = "3"
	ZeroKind      = "4"
	AgeKind       = "5"
	ClocksKind    = "6"
	SubsidyKind   = "7"
)

// key is one value that a pack may say.
type key struct {
	name        string
	least, most int64              // of a number; of an amount in yuan
	in          func(r *Rules) any // where it stands: *int, *int64 for an amount, *bool
	node        func(p *pack, r *Rules, n node) *Refusal
}

// keysOf are the keys of a kind of packs; nil where it has none.
func keysOf(kind string) []key {
	switch kind {
	case CommunityKind:
		return communityKeys()
	case BestKind:
		return bestKeys()
	case ClearKind:
		return []key{
			{name: "service_days", least: 1, most: 366, in: func(r *Rules) any { return &r.ServiceDays }},
			{name: "insurance_months", least: 1, most: 60, in: func(r *Rules) any { return &r.InsuranceMonths }},
		}
	case ZeroKind:
		return []key{
			{name: "free_income", most: 100_000, in: func(r *Rules) any { return &r.FreeIncome }},
			{name: "everybody", in: func(r *Rules) any { return &r.Everybody }},
		}
	case AgeKind:
		return ageKeys()
	case ClocksKind:
		return clockKeys()
	case SubsidyKind:
		return subsidyKeys()
	}
	return nil
}

func ageKeys() []key {
	return []key{
		{name: "from", least: 14, most: 20, in: func(r *Rules) any { return &r.WorkingFrom }},
		{name: "ages", node: (*pack).namedAges},
		{name: "man_to", node: (*pack).manTo},
		{name: "woman_to", node: (*pack).womanTo},
		{name: "table", node: (*pack).ageTable},
	}
}

func clockKeys() []key {
	return []key{
		{name: "notice_days", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.NoticeDays }},
		{name: "street_days", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.StreetDays }},
		{name: "one_employed_days", least: 1, most: 366, in: func(r *Rules) any { return &r.Clocks.OneEmployedDays }},
		{name: "dual_months", least: 1, most: 24, in: func(r *Rules) any { return &r.Clocks.DualMonths }},
		{name: "visit_months", least: 1, most: 24, in: func(r *Rules) any { return &r.Clocks.VisitMonths }},
		{name: "feedback_days", least: 1, most: 90, in: func(r *Rules) any { return &r.Clocks.FeedbackDays }},
		{name: "training_check_months", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.TrainingCheckMonths }},
		{name: "rectify_days", least: 1, most: 366, in: func(r *Rules) any { return &r.Clocks.RectifyDays }},
		{name: "transfer_days", least: 1, most: 90, in: func(r *Rules) any { return &r.Clocks.TransferDays }},
		{name: "register_days", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.RegisterDays }},
		{name: "first_contact_days", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.FirstDays }},
		{name: "contact_months", least: 1, most: 12, in: func(r *Rules) any { return &r.Clocks.ContactMonths }},
		{name: "silent_months", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.SilentMonths }},
		{name: "refusals", least: 1, most: 20, in: func(r *Rules) any { return &r.Clocks.RefusalsAllowed }},
		{name: "hardship_notice_least", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.HardshipNoticeLeast }},
		{name: "hardship_notice_most", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.HardshipNoticeMost }},
		{name: "hardship_tier_least", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.HardshipTierLeast }},
		{name: "hardship_tier_most", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.HardshipTierMost }},
		{name: "hardship_review_months", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.HardshipReviewMonths }},
		{name: "retiree_check_months", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.RetireeCheckMonths }},
		{name: "certificate_check_months", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.CertificateCheckMonths }},
		{name: "certificate_days", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.CertificateDays }},
		{name: "loan_follow_months", least: 1, most: 24, in: func(r *Rules) any { return &r.Clocks.LoanFollowMonths }},
		{name: "loan_days", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.LoanDays }},
		{name: "complaint_days", least: 1, most: 366, in: func(r *Rules) any { return &r.Clocks.ComplaintDays }},
		{name: "inspection_days", least: 1, most: 366, in: func(r *Rules) any { return &r.Clocks.InspectionDays }},
		{name: "correction_days", least: 1, most: 90, in: func(r *Rules) any { return &r.Clocks.CorrectionDays }},
		{name: "vacancy_days", least: 1, most: 90, in: func(r *Rules) any { return &r.Clocks.VacancyDays }},
		{name: "community_days", least: 1, most: 90, in: func(r *Rules) any { return &r.Clocks.CommunityDays }},
		{name: "community_check_months", least: 1, most: 60, in: func(r *Rules) any { return &r.Clocks.CommunityCheckMonths }},
		{name: "layoff_people", least: 1, most: 10_000, in: func(r *Rules) any { return &r.Clocks.LayoffPeople }},
		{name: "layoff_percent", least: 1, most: 100, in: func(r *Rules) any { return &r.Clocks.LayoffPercent }},
	}
}

func subsidyKeys() []key {
	return []key{
		{name: "minimum_wage", most: 100_000, in: func(r *Rules) any { return &r.Subsidies.MinimumWage }},
		{name: "travel_day", most: 10_000, in: func(r *Rules) any { return &r.Subsidies.TravelDay }},
		{name: "months", least: 1, most: 240, in: func(r *Rules) any { return &r.Subsidies.Months }},
		{name: "near_retirement_years", most: 20, in: func(r *Rules) any { return &r.Subsidies.NearRetirementYears }},
		{name: "second_posts", most: 10, in: func(r *Rules) any { return &r.Subsidies.SecondPosts }},
		{name: "paid_after_quarters", most: 8, in: func(r *Rules) any { return &r.Subsidies.PaidAfterQuarters }},
	}
}

func communityKeys() []key {
	return []key{
		{name: "rate_all", most: 100, in: func(r *Rules) any { return &r.Community.RateAll }},
		{name: "rate_registered", most: 100, in: func(r *Rules) any { return &r.Community.RateRegistered }},
		{name: "rate_hardship", most: 100, in: func(r *Rules) any { return &r.Community.RateHardship }},
		{name: "rate_resettled", most: 100, in: func(r *Rules) any { return &r.Community.RateResettled }},
		{name: "rate_stable", most: 100, in: func(r *Rules) any { return &r.Community.RateStable }},
		{name: "one_employed_months", most: 24, in: func(r *Rules) any { return &r.Community.OneEmployedMonths }},
		{name: "jobless_months", most: 60, in: func(r *Rules) any { return &r.Community.JoblessMonths }},
		{name: "certificates", in: func(r *Rules) any { return &r.Community.Certificates }},
		{name: "veto_dynamic_zero", in: func(r *Rules) any { return &r.Community.DynamicZero }},
		{name: "share", most: 100, in: func(r *Rules) any { return &r.Community.Share }},
		{name: "criteria", node: (*pack).criteria},
	}
}

func bestKeys() []key {
	weight := func(name string, in func(r *Rules) any) key { return key{name: name, most: 1000, in: in} }
	return []key{
		weight("jobs", func(r *Rules) any { return &r.Best.Jobs }),
		weight("network", func(r *Rules) any { return &r.Best.Network }),
		weight("service", func(r *Rules) any { return &r.Best.Service }),
		weight("employment", func(r *Rules) any { return &r.Best.Employment }),
		weight("network_next_day", func(r *Rules) any { return &r.Best.NetworkNextDay }),
		weight("network_days", func(r *Rules) any { return &r.Best.NetworkDays }),
		weight("network_accepted", func(r *Rules) any { return &r.Best.NetworkAccepted }),
		weight("service_placed", func(r *Rules) any { return &r.Best.ServicePlaced }),
		weight("service_clear", func(r *Rules) any { return &r.Best.ServiceClear }),
		weight("service_visits", func(r *Rules) any { return &r.Best.ServiceVisits }),
		{name: "per", least: 1, most: 1_000_000, in: func(r *Rules) any { return &r.Best.Per }},
		{name: "winners", least: 1, most: 1000, in: func(r *Rules) any { return &r.Best.Winners }},
		{name: "overdue_excludes", in: func(r *Rules) any { return &r.Best.OverdueExcludes }},
	}
}
