module gibbon-brpc-peer

go 1.23
