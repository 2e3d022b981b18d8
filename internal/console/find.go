package console

// Found is what a search for anything came upon, of what its reader may see.
type Found struct {
	Tokens       []Token
	Repositories []RepositoryFound
	People       []User
	// More is whether there may be more tokens.
	More bool
}

// RepositoryFound is a repository or a view by its name.
type RepositoryFound struct {
	RepositoryRef
	Kind RepositoryKind
}

// FindLimit is how many of each kind a search names.
const FindLimit = 6

// FindLeast is how many characters it takes to look within names. A shorter text
// is looked for at their beginning.
const FindLeast = 3
