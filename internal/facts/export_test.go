package facts

// TermsOf is termsOf.
var TermsOf = termsOf
