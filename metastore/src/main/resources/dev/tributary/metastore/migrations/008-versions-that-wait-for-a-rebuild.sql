-- 1: while it is pending it waits for its table to be made anew, and is not effective.
ALTER TABLE dataset_versions ADD COLUMN rebuild INTEGER NOT NULL DEFAULT 0;
