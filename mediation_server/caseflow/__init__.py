"""The court's case-flow system (审判流程管理系统) behind a port: envelopes, delivery, adapters; knows no database."""
