"""What a client of AWS Glue sees: makes a database, or prints a table as GetTable answers it."""

import json
import sys

import boto3

endpoint, action, database, *table = sys.argv[1:]
glue = boto3.client(
    "glue",
    endpoint_url=endpoint,
    region_name="eu-west-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
if action == "create-database":
    glue.create_database(DatabaseInput={"Name": database})
else:
    print(json.dumps(glue.get_table(DatabaseName=database, Name=table[0])["Table"], default=str))
