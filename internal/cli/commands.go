package cli

import "github.com/alecthomas/kong"

// Commands are all commands by the words that name them, such as "token show",
// for tables that must not miss one.
func Commands() ([]string, error) {
	parser, err := kong.New(&grammar{}, kong.Name("latchkey"))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, leaf := range parser.Model.Leaves(false) {
		words := leaf.Name
		for node := leaf.Parent; node != nil && node.Type == kong.CommandNode; node = node.Parent {
			words = node.Name + " " + words
		}
		all = append(all, words)
	}
	return all, nil
}
