package facts

import "tongbu/internal/flow"

// Codes that the rules speak of. The lists they are of stand in the schema.
const (
	male, female = "1", "2" // GB/T 2261.1
	woman50      = "3"      // retirement category: a woman who may retire at 50
	yes, no      = "1", "0" // list wish
	head         = "02"     // GB/T 4761
	older        = "050"    // hardship: the group 4050

	pension, medical, jobless = "1", "2", "3" // insurance; the wider items of the list

	insuranceSubsidy = "020" // policy_benefit
	leftSchool       = "10"  // unemployment_reason

	zeroFamily                              = "02" // family_case_kind
	metSomebody                             = "1"  // visit_result
	stillOpen                               = "1"  // referral_state
	failedState                             = "3"
	refused                                 = "11" // referral_failure
	checkPassed                             = "1"  // check_result
	certificateValid                        = "2"  // certificate_state
	certificateFrozen, certificateWithdrawn = "3", "4"
	loanGranted, loanRepaid, loanRefused    = "3", "6", "8" // loan_state
	pausedState                             = "2"           // insurance_status
	resettledHousing                        = "4"           // housing
	ownBusiness                             = "021"         // employment_form

	lineTraining, lineZero, lineInsured, lineLoan = "07", "10", "12", "14" // target_line
)

// States of somebody who pays or draws: of the list insurance_status, and of the
// census form's insured_state.
var (
	payingState  = []string{"1"}
	insuredState = []string{"1", "3"}
)

// loanRuns: paid out, followed, overdue; of the list loan_state.
var loanRuns = []string{"4", "5", "7"}

// Statuses, of the list person_status.
var (
	employedStatus = []string{"1", "7", "11"}
	joblessStatus  = []string{"4", "5", "6", "9"}
	outsideStatus  = []string{"2", "3", "8", "10"} // retired, left work, at school
	urbanHukou     = []string{"10", "11", "12", "50"}
)

// Codes of several lists.
var (
	flexibleForms    = []string{"020", "022", "023"}        // employment_form
	entitledHardship = []string{"010", "020", "030", "040"} // hardship: whom the certificate is for
	helpCertificates = []string{"01", "03"}                 // certificate_kind
	againTrainees    = []string{"1", "2"}                   // trainee_category: for work again
	ruralTrainees    = []string{"3", "4"}                   // of the countryside
	// recognisedSteps are those that a family has from its recognition on.
	recognisedSteps = flow.Flows[flow.Family].Behind("STREET_CONFIRMED")
)
