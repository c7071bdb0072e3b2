// Command ask asks the city who was found without work, over gRPC. CITY is
// https://HOST:PORT, TOKEN and CA are files.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	pb "tongbu/proto/tongbu/query/v1"
)

func main() {
	trust, err := credentials.NewClientTLSFromFile(os.Getenv("CA"), "")
	check(err)
	token, err := os.ReadFile(os.Getenv("TOKEN"))
	check(err)
	city, err := grpc.NewClient(strings.TrimPrefix(os.Getenv("CITY"), "https://"), grpc.WithTransportCredentials(trust))
	check(err)
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+strings.TrimSpace(string(token)))
	stream, err := pb.NewQueryServiceClient(city).Stream(ctx, &pb.StreamRequest{Kind: "person", Filter: `status = "9"`, Select: []string{"id", "name", "street"}})
	check(err)
	for {
		part, err := stream.Recv() // a stream that fails was cut
		check(err)
		for _, row := range part.GetRows() {
			at, values := 0, make([]any, 0, 3)
			for _, n := range row.GetLengths() {
				n := max(int(n), 0) // below 0: there is none
				values, at = append(values, string(row.GetValues()[at:at+n])), at+n
			}
			fmt.Println(values...)
		}
		if end := part.GetEnd(); end != nil {
			log.Print(end.GetRows(), " rows, as of ", end.GetCoverage().GetAsOf())
			return
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
