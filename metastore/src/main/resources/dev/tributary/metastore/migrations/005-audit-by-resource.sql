-- What was last said of a resource is found without a look at the whole audit.
CREATE INDEX audit_by_resource ON audit (resource, id);
