package hub

import (
	"context"
	"encoding/json"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/node/desk"
)

// getDerived returns one row of a derived kind as the view has it, by asking for it: so
// it is masked, audited and bounded as every answer is.
func (h *Hub) getDerived(ctx context.Context, k *schema.Kind, id change.RecordID, by desk.Asker) (*desk.Shown, error) {
	missing := fault.New(fault.NotFound, "no such %s here", k.Name).WithHint("give the id as tongbu query shows it")
	if id.ValidateName() != nil || !named(id) {
		return nil, missing
	}
	answer, err := h.Ask(ctx, question.Question{Kind: k.Name, Filter: filter.OneRecord(k, id), Purpose: by.Purpose, Operator: by.Operator, PageSize: 1})
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(answer)
	var read struct{ Rows []map[string]any }
	if err == nil {
		err = json.Unmarshal(raw, &read)
	}
	if err != nil {
		return nil, fault.As(fault.Internal, "read an answer", err)
	}
	if len(read.Rows) == 0 {
		return nil, missing
	}
	shown := &desk.Shown{ID: id, Fields: map[string]any{}}
	for name, value := range read.Rows[0] {
		if _, of := k.Field(name); of && name != "unit" && value != nil {
			shown.Fields[name] = value
		}
	}
	maker, _ := id.Maker()
	shown.Unit = h.Replica.Members.HolderCode(maker)
	return shown, nil
}
