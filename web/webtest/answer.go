package webtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// An Answer is what the site said.
type Answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
	root   *html.Node
}

// All are the elements that a selector finds.
func (a *Answer) All(selector string) []*html.Node {
	a.t.Helper()
	if a.root == nil {
		root, err := html.Parse(strings.NewReader(a.Body))
		if err != nil {
			a.t.Fatal(err)
		}
		a.root = root
		if strings.HasPrefix(strings.ToLower(a.Body[:min(len(a.Body), 20)]), "<!doctype html") {
			for _, control := range deadWithoutScript(root) {
				a.t.Errorf("without JavaScript this does nothing: %s", control)
			}
		}
	}
	query, err := cascadia.ParseGroup(selector)
	if err != nil {
		a.t.Fatalf("selector %s: %v", selector, err)
	}
	return cascadia.QueryAll(a.root, query)
}

// Has reports whether a selector finds anything.
func (a *Answer) Has(selector string) bool {
	a.t.Helper()
	return len(a.All(selector)) > 0
}

// Text is the text of the first element that a selector finds, its spaces
// folded.
func (a *Answer) Text(selector string) string {
	a.t.Helper()
	if found := a.All(selector); len(found) > 0 {
		return Text(found[0])
	}
	return ""
}

// Texts are the texts of all elements that a selector finds.
func (a *Answer) Texts(selector string) []string {
	a.t.Helper()
	var texts []string
	for _, node := range a.All(selector) {
		texts = append(texts, Text(node))
	}
	return texts
}

// Attr is an attribute of the first element that a selector finds.
func (a *Answer) Attr(selector, name string) string {
	a.t.Helper()
	if found := a.All(selector); len(found) > 0 {
		return Attr(found[0], name)
	}
	return ""
}

// Want fails the test unless the answer has the status.
func (a *Answer) Want(status int) *Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Errorf("status %d, want %d: %s", a.Status, status, a.Text("main, hx-partial, body"))
	}
	return a
}

// Text is the text of a node, its spaces folded.
func Text(node *html.Node) string {
	var b strings.Builder
	for n := range node.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Attr is an attribute of a node.
func Attr(node *html.Node, name string) string {
	for _, attr := range node.Attr {
		if attr.Key == name {
			return attr.Val
		}
	}
	return ""
}

// A Form is a form as the page shows it, ready to be sent.
type Form struct {
	Action string
	Values url.Values
}

// Form reads the form that a selector finds, with what a browser would send.
func (a *Answer) Form(selector string) Form {
	a.t.Helper()
	found := a.All(selector)
	if len(found) == 0 {
		a.t.Fatalf("no form %s in: %s", selector, a.Text("body"))
	}
	form := Form{Action: Attr(found[0], "action"), Values: url.Values{}}
	for node := range found[0].Descendants() {
		name := Attr(node, "name")
		if node.Type != html.ElementNode || name == "" || has(node, "disabled") {
			continue
		}
		switch node.Data {
		case "input":
			kind := Attr(node, "type")
			if (kind == "checkbox" || kind == "radio") && !has(node, "checked") {
				continue
			}
			form.Values.Add(name, Attr(node, "value"))
		case "textarea":
			form.Values.Add(name, rawText(node))
		case "select":
			form.Values.Add(name, chosen(node))
		}
	}
	return form
}

func chosen(list *html.Node) string {
	first, none := "", true
	for node := range list.Descendants() {
		if node.Data != "option" {
			continue
		}
		if has(node, "selected") {
			return Attr(node, "value")
		}
		if none {
			first, none = Attr(node, "value"), false
		}
	}
	return first
}

func rawText(node *html.Node) string {
	var b strings.Builder
	for n := range node.Descendants() {
		b.WriteString(n.Data)
	}
	return b.String()
}

func has(node *html.Node, name string) bool {
	for _, attr := range node.Attr {
		if attr.Key == name {
			return true
		}
	}
	return false
}
