package facts

import (
	"tongbu/internal/flow"
	"tongbu/internal/rulepack"
)

// termsOf are the terms of rules, by the names of the clocks that they are of.
func termsOf(r *rulepack.Rules) flow.Terms {
	c := &r.Clocks
	days := func(n int) flow.Term { return flow.Term{Days: n} }
	working := func(n int) flow.Term { return flow.Term{Working: n} }
	months := func(n int) flow.Term { return flow.Term{Months: n} }
	return flow.Terms{Holidays: r.Holidays, Named: map[string]flow.Term{
		flow.After("family_confirm"): days(c.NoticeDays), "family_confirm": working(c.StreetDays),
		"family_one": days(c.OneEmployedDays), "family_two": months(c.DualMonths), "family_visit": months(c.VisitMonths),
		"hardship_check": working(c.HardshipTierMost), flow.After("hardship_recheck"): working(c.HardshipNoticeMost),
		"hardship_recheck": working(c.HardshipTierMost), "hardship_decide": working(c.HardshipTierMost), "hardship_review": months(c.HardshipReviewMonths),
		"register": working(c.RegisterDays), "first_contact": working(c.FirstDays), "contact": months(c.ContactMonths), "no_contact": months(c.SilentMonths),
		"feedback": days(c.FeedbackDays), "training_placed": months(c.TrainingCheckMonths),
		"retiree_check": months(c.RetireeCheckMonths), "cert_yearly": months(c.CertificateCheckMonths), "loan_follow": months(c.LoanFollowMonths),
		"cert_check": working(c.CertificateDays), "cert_issue": working(c.CertificateDays), "cert_reissue": working(c.CertificateDays), "cert_thaw": months(c.CertificateCheckMonths),
		"loan_examine": working(c.LoanDays), "loan_grant": working(c.LoanDays), "loan_pay": working(c.LoanDays),
		"complaint": days(c.ComplaintDays), "inspect_find": days(c.InspectionDays), "inspect_order": days(c.InspectionDays), "inspect_answer": days(c.InspectionDays), "inspect_close": days(c.InspectionDays),
		"correction": days(c.CorrectionDays), flow.CorrectionLate: days(c.CorrectionDays),
		"full_street": working(c.CommunityDays), "full_assess": working(c.CommunityDays), "full_recognise": working(c.CommunityDays), "full_recheck": working(c.CommunityDays),
		"full_yearly": months(c.CommunityCheckMonths), "full_rectify": days(c.RectifyDays),
		"duplicate_move": days(c.TransferDays), "duplicate_number": days(c.TransferDays),
	}}
}
