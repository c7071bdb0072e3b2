package schema

// The kinds of a transfer: what a community offers, what the city says of it to both, and
// what the other community answers.
const (
	TransferOffer  = "transfer_offer"
	Transfer       = "transfer"
	TransferAnswer = "transfer_answer"
)
