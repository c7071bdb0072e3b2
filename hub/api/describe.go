package api

import (
	"context"
	"slices"

	"tongbu/hub/api/rows"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	pb "tongbu/proto/tongbu/query/v1"
)

// Coverage implements pb.QueryServiceServer.
func (s *service) Coverage(ctx context.Context, r *pb.CoverageRequest) (*pb.CoverageResponse, error) {
	p := programOf(ctx)
	scope, err := s.hub.Scope(p, r.GetScope())
	if err != nil {
		return nil, toStatus(err)
	}
	c, err := s.hub.Coverage(ctx, p, scope)
	if err != nil {
		return nil, toStatus(err)
	}
	return &pb.CoverageResponse{Coverage: rows.CoverageOf(c)}, nil
}

// kindUnit is the kind whose records are the units.
const kindUnit = "unit"

// Units implements pb.QueryServiceServer: for who may ask for the kind, with what a
// question about that answers, the units of the scope and those above it.
func (s *service) Units(ctx context.Context, r *pb.UnitsRequest) (*pb.UnitsResponse, error) {
	if _, err := s.kindOf(ctx, kindUnit); err != nil {
		return nil, toStatus(err)
	}
	scope, err := s.hub.Scope(programOf(ctx), r.GetScope())
	if err != nil {
		return nil, toStatus(err)
	}
	t, m := s.hub.Tree(), &pb.UnitsResponse{}
	above := t.Ancestors(scope)
	slices.Reverse(above)
	for _, id := range above {
		if u, ok := t.Unit(id); ok {
			m.Units = append(m.Units, unitMessage(t, u))
		}
	}
	for _, u := range t.Units(scope) {
		m.Units = append(m.Units, unitMessage(t, u))
	}
	return m, nil
}

func unitMessage(t *tree.Tree, u tree.Unit) *pb.Unit {
	m := &pb.Unit{Id: string(u.ID), Code: u.Code, Name: u.Name, Level: int32(u.Level)}
	if above := t.Ancestors(u.ID); len(above) > 0 {
		parent, _ := t.Unit(above[0])
		m.ParentCode = parent.Code
	}
	return m
}

// Schema implements pb.QueryServiceServer: with the code lists of the kinds that it
// describes.
func (s *service) Schema(ctx context.Context, r *pb.SchemaRequest) (*pb.SchemaResponse, error) {
	sch := s.hub.Schema()
	kinds, m := s.hub.Kinds(programOf(ctx)), &pb.SchemaResponse{Version: uint32(sch.Version())}
	if r.GetKind() != "" {
		k, err := s.kindOf(ctx, r.GetKind())
		if err != nil {
			return nil, toStatus(err)
		}
		kinds = []*schema.Kind{k}
	}
	lists := map[string]bool{}
	for _, k := range kinds {
		m.Kinds = append(m.Kinds, kindMessage(k))
		for _, f := range k.Fields {
			if list, ok := sch.List(f.Codes); ok && !lists[list.Name] {
				lists[list.Name] = true
				m.CodeLists = append(m.CodeLists, listMessage(list))
			}
		}
	}
	return m, nil
}

func kindMessage(k *schema.Kind) *pb.Kind {
	m := &pb.Kind{Name: k.Name, Zh: k.Label.Zh, En: k.Label.En, Sort: string(k.Sort), Personal: k.Personal, Subject: k.Subject}
	for _, f := range k.Fields {
		m.Fields = append(m.Fields, &pb.Field{Name: f.Name, Code: f.Code, Zh: f.Label.Zh, En: f.Label.En, Type: string(f.Type), CodeList: f.Codes, Ref: f.Ref,
			Index: f.Index, Masked: f.Mask, Personal: f.IsPersonal()})
	}
	return m
}

func listMessage(l *schema.CodeList) *pb.CodeList {
	m := &pb.CodeList{Name: l.Name, Zh: l.Label.Zh, En: l.Label.En, Source: l.Standard}
	for _, item := range l.Items {
		m.Codes = append(m.Codes, &pb.Code{Code: item.Code, Zh: item.Zh, En: item.En})
	}
	return m
}
