package demo

// Story is the demo's own: each step stands on those before it, and goes as
// far as it can when one of them failed.
func Story() []Step {
	return []Step{
		{"network", "a city is founded, and all tiers join through the hub above them", playNetwork},
		{"capture", "households are recorded while the line of a street is cut", playCapture},
		{"ledger", "a form is filled in off the line, and the ledger that follows from it is printed", playLedger},
		{"excel", "a workbook with wrong rows comes in, and they go back with their reasons", playExcel},
		{"coverage", "the city names who is silent", playCoverage},
		{"receipts", "the line is back, and the city's receipts arrive", playReceipts},
		{"query", "one question, one answer, complete", playQuery},
		{"latency", "from a save at a community to the city's receipt, over three hops", playLatency},
		{"replacement", "a street's hub is lost with its disk, and an empty one takes its place", playReplacement},
		{"cases", "a layoff: families without anybody at work are helped, and every tier counts the same", playCases},
		{"report", "the month is reported; what arrives late is named, and the report stays as it was", playReport},
		{"question", "the city adds a question to the form, and a community answers it", playQuestion},
		{"digests", "every tier has the same, byte for byte", playDigests},
		{"verify", "every directory is checked: chains, signatures, states, view", playVerify},
	}
}
