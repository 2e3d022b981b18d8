package webtest

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// deadWithoutScript are the controls of a page that anybody sees and that do
// nothing where JavaScript is off: buttons and links that only a script
// answers, and fields that no form sends.
func deadWithoutScript(root *html.Node) []string {
	ids := map[string]*html.Node{}
	for node := range root.Descendants() {
		if id := Attr(node, "id"); id != "" {
			ids[id] = node
		}
	}
	var dead []string
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && !hiddenWithoutScript(node) && isDead(node, ids) {
			dead = append(dead, "<"+node.Data+" id="+Attr(node, "id")+" class="+Attr(node, "class")+" name="+Attr(node, "name")+"> "+Text(node))
		}
	}
	return dead
}

func isDead(node *html.Node, ids map[string]*html.Node) bool {
	form := sender(node, ids)
	switch node.Data {
	case "a":
		return Attr(node, "aria-disabled") != "true" && (Attr(node, "href") == "" || Attr(node, "href") == "#" || Attr(node, "role") == "button")
	case "button":
		if target := Attr(node, "popovertarget"); target != "" {
			return ids[target] == nil
		}
		return !has(node, "disabled") && (Attr(node, "type") == "button" || form == nil)
	case "input", "select", "textarea":
		return Attr(node, "type") != "hidden" && !has(node, "readonly") && !has(node, "disabled") && (form == nil || !canBeSent(form, ids))
	case "form":
		return Attr(node, "action") == "" || Attr(node, "method") == ""
	}
	return false
}

// sender is the form that sends a control, if any does.
func sender(node *html.Node, ids map[string]*html.Node) *html.Node {
	if id := Attr(node, "form"); id != "" {
		return ids[id]
	}
	for above := range node.Ancestors() {
		if above.Data == "form" {
			return above
		}
	}
	return nil
}

// canBeSent reports whether a form has a button, or only one field, in which
// Enter sends it.
func canBeSent(form *html.Node, ids map[string]*html.Node) bool {
	root, fields := form, 0
	for above := range form.Ancestors() {
		root = above
	}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode || hiddenWithoutScript(node) || sender(node, ids) != form {
			continue
		}
		kind := Attr(node, "type")
		if node.Data == "button" && kind != "button" && !has(node, "popovertarget") {
			return true
		}
		switch {
		case node.Data == "select", node.Data == "textarea", kind == "checkbox", kind == "radio":
			fields += 2
		case node.Data == "input" && kind != "hidden":
			fields++
		}
	}
	return fields == 1
}

// hiddenWithoutScript reports whether a node is not shown where JavaScript is
// off.
func hiddenWithoutScript(node *html.Node) bool {
	hides := func(node *html.Node) bool {
		return node.Data == "template" || has(node, "hidden") || slices.Contains(strings.Fields(Attr(node, "class")), "js-only")
	}
	if hides(node) {
		return true
	}
	for above := range node.Ancestors() {
		if hides(above) {
			return true
		}
	}
	return false
}
