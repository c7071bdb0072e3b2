// Package rulepack has the parameters that rows and figures are made by, and reads them
// from what the city publishes: the content of a rule pack, and a year's table of
// holidays. Whoever types one is told what is wrong with it by the same code that later
// leaves out what is wrong.
package rulepack

import "tongbu/internal/calendar"

// Rules are the parameters that are in force on a day. They never change.
type Rules struct {
	// Of working age (kind 5).
	WorkingFrom int // age in years at which it begins
	Ages        []AgeRule
	// Of families without work (kind 4).
	FreeIncome int64 // that a household may have a month from business and investments, in fen
	Everybody  bool  // whoever lives here counts as urban, whatever the hukou
	// Of the six clear (kind 3).
	ServiceDays     int // for which a service keeps the placement clear
	InsuranceMonths int // for which the state of an insurance counts

	Clocks    Clocks    // kind 6
	Subsidies Subsidies // kind 7
	Community Community // kind 1; of figures, not of rows
	Best      Best      // kind 2; likewise

	Holidays calendar.Holidays
}

// Clocks are the terms of the flows. Days are calendar days unless they say working days;
// a month ends on the same day of the next one.
type Clocks struct {
	NoticeDays      int // public notice of a family case
	StreetDays      int // working days for the street to confirm it
	OneEmployedDays int // from recognition to one at work
	DualMonths      int // from the request to both at work
	VisitMonths     int // between visits until work is stable

	FeedbackDays        int // after a referral
	TrainingCheckMonths int // after a training
	RectifyDays         int // of a fully employed community
	TransferDays        int // to answer an offer

	RegisterDays    int // working days from asking to being registered
	FirstDays       int // working days to the first contact
	ContactMonths   int // between contacts
	SilentMonths    int // without contact, after which somebody is deregistered
	RefusalsAllowed int // refused offers, after which somebody is deregistered

	HardshipNoticeLeast, HardshipNoticeMost int // working days
	HardshipTierLeast, HardshipTierMost     int // working days
	HardshipReviewMonths                    int
	RetireeCheckMonths                      int
	CertificateCheckMonths                  int
	CertificateDays                         int // working days for each step of a certificate
	LoanFollowMonths                        int
	LoanDays                                int // working days for each step of a loan
	ComplaintDays                           int
	InspectionDays                          int // for each step of an inspection that says no day
	CorrectionDays                          int // to answer a request for a correction
	VacancyDays                             int // before a vacancy ends with posts open
	CommunityDays                           int // working days for each step of a fully employed community
	CommunityCheckMonths                    int // between its spot checks

	LayoffPeople  int // so many have to be told of before
	LayoffPercent int // or so many of a hundred
}

// Subsidies are the terms and amounts of what is paid.
type Subsidies struct {
	MinimumWage         int64 // local, a month, in fen; 0: any income will do
	TravelDay           int64 // to somebody in training for each day, in fen
	Months              int   // for which one is paid
	NearRetirementYears int   // who is so near at the first approval has it until retirement
	SecondPosts         int   // public posts after the first one
	PaidAfterQuarters   int   // after the quarter in which it was found
}

// Community is when a community is one of full employment. A rate of 0 is not asked for.
type Community struct {
	RateAll, RateRegistered, RateHardship, RateResettled, RateStable int // per cent

	OneEmployedMonths int  // in which each case has one at work; 0: not asked
	JoblessMonths     int  // nobody is without work for longer; 0: not asked
	Certificates      bool // every entitled person has one
	DynamicZero       bool // a case past its day is a veto
	Share             int  // of the communities of a district that are to pass, per cent

	Criteria []Criterion // in place of what stands above, but for Share
}

// Best is how the best communities of a year are chosen. Weights count against each
// other; each group has one above 0.
type Best struct {
	Jobs, Network, Service, Employment int // the four criteria

	NetworkNextDay, NetworkDays, NetworkAccepted int
	ServicePlaced, ServiceClear, ServiceVisits   int

	Per             int // people of the labour force for whom jobs are counted
	Winners         int
	OverdueExcludes bool // a case past its day excludes
}

// Plain are the rules that hold where nothing is published: men to 59, women to 54.
func Plain() Rules {
	return Rules{
		WorkingFrom: 16, Ages: plainAges(59, 54),
		ServiceDays: 90, InsuranceMonths: 12,
		Clocks: Clocks{
			NoticeDays: 5, StreetDays: 7, OneEmployedDays: 20, DualMonths: 1, VisitMonths: 1,
			FeedbackDays: 7, TrainingCheckMonths: 6, RectifyDays: 30, TransferDays: 15,
			RegisterDays: 3, FirstDays: 5, ContactMonths: 1, SilentMonths: 6, RefusalsAllowed: 3,
			HardshipNoticeLeast: 3, HardshipNoticeMost: 7, HardshipTierLeast: 2, HardshipTierMost: 7, HardshipReviewMonths: 12,
			RetireeCheckMonths: 12, CertificateCheckMonths: 12, CertificateDays: 7, LoanFollowMonths: 3, LoanDays: 7, ComplaintDays: 60,
			InspectionDays: 15, CorrectionDays: 15, VacancyDays: 7, CommunityDays: 15, CommunityCheckMonths: 12,
			LayoffPeople: 20, LayoffPercent: 10,
		},
		Subsidies: Subsidies{TravelDay: 500, Months: 36, NearRetirementYears: 5, SecondPosts: 1, PaidAfterQuarters: 1},
		Community: Community{RateAll: 95, RateRegistered: 95, RateHardship: 95, OneEmployedMonths: 1, JoblessMonths: 6, Certificates: true, Share: 60},
		Best: Best{
			Jobs: 25, Network: 25, Service: 25, Employment: 25, NetworkNextDay: 40, NetworkDays: 30, NetworkAccepted: 30,
			ServicePlaced: 50, ServiceClear: 30, ServiceVisits: 20, Per: 1000, Winners: 10, OverdueExcludes: true,
		},
	}
}
