"""Tributary's jobs under Airflow. docs/airflow.md says how it is set up."""
